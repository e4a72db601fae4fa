# shellcheck shell=sh
# npm_package NAME VERSION: an implementation that is not ours, under build/; leaves the
# caller content and aloud where it cannot be had, else stands in the directory that has it.
npm_package() {
	if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
		echo "SKIP: no npm here, so no comparison with $1"
		exit 0
	fi
	mkdir -p "$FX_BUILD/npm/${1##*/}"
	cd "$FX_BUILD/npm/${1##*/}" || exit 2
	[ ! -d "node_modules/$1" ] || return 0
	echo '{"private":true}' >package.json
	npm install --silent --no-audit --no-fund "$1@$2" >npm.log 2>&1 && return 0
	echo "SKIP: npm cannot fetch $1@$2, so no comparison with it"
	exit 0
}
