# Completion of the fx commands in bash: options come from each command's --help, names from
# fx-event --names, so nothing here goes stale.  bash-completion loads it by a command's name;
# without that package: . fx.bash
# shellcheck shell=bash

# The names of a kind, in the home, ledger and registry that the command line says.
_fx_names() {
	local i where=() w
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-C | -l | -r | --home | --ledger | --registry)
			w=${COMP_WORDS[i + 1]}
			[[ $w == = ]] && w=${COMP_WORDS[i + 2]}
			w=${w/#\~/$HOME}
			where+=("${COMP_WORDS[i]}" "${w//\\/}")
			;;
		esac
	done
	# Nobody waits at a Tab for a ledger without a snapshot.
	set -- fx-event --names "$1" "${where[@]}"
	command -v timeout >/dev/null && set -- timeout 3 "$@"
	"$@" 2>/dev/null
}

# An order's # may be left out, and would have to be quoted.  $1: what was typed.
_fx_orders() {
	if [[ $1 == \#* ]]; then _fx_names orders; else _fx_names orders | sed 's/^#//'; fi
}

# What may follow an option: $1 its long name, $2 its argument's name in --help, $3 what was typed.
_fx_argument() {
	case $1:$2 in
	--order:*) _fx_orders "$3" ;;
	--task:*) _fx_names tasks ;;
	--exception:*) _fx_names exceptions ;;
	--failure:*) _fx_names failures ;;
	--flow:*) _fx_names flows ;;
	--owner:* | *:OWNER) _fx_names owners ;;
	--names:*) printf '%s\n' events owners failures flows orders tasks exceptions ;;
	*:DIR) compgen -d -- "$3" ;;
	*:FILE) compgen -f -- "$3" ;;
	esac
}

# What may be an operand of the command $1.
_fx_operand() {
	case $1 in
	fx-event) _fx_names events ;;
	fx-trace) _fx_orders "$2" ;;
	*) compgen -f -- "$2" ;;
	esac
}

_fx() {
	local cmd=${1##*/} line=${COMP_LINE:0:COMP_POINT} prev cur typed keep long arg short c
	local opt='' wants='' files='' all=''
	# Words as they stand: readline also parts them at = and :
	typed=${line##*[[:space:]]}
	prev=${line%"$typed"}
	prev=${prev%"${prev##*[![:space:]]}"}
	prev=${prev##*[[:space:]]}
	if [[ $typed == --*=* ]]; then
		prev=${typed%%=*}
		typed=${typed#*=}
	fi
	cur=${typed//\\/}
	while IFS='|' read -r long arg short; do
		all+=$long$'\n'
		[[ $prev == "$long" || $prev == "$short" ]] && opt=$long wants=$arg
	done < <("$cmd" --help 2>/dev/null |
		sed -nE 's/^ +((-.), )? *(--[a-z-]+)( ([^ ]+))?( .*|$)/\3|\5|\2/p')
	if [[ -n $wants ]]; then
		c=$(_fx_argument "$opt" "$wants" "$cur")
		[[ $wants == FILE || $wants == DIR ]] && files=yes
	elif [[ $cur == -* ]]; then
		c=$all
	else
		c=$(_fx_operand "$cmd" "$cur")
		[[ $cmd == fx-event || $cmd == fx-trace ]] || files=yes
	fi
	COMPREPLY=()
	while IFS= read -r c; do
		[[ -n $c && $c == "$cur"* ]] || continue
		[[ -n $files ]] || printf -v c %q "$c"
		COMPREPLY+=("$c")
	done <<<"$c"
	# Directories get their slash, and names of files their quotes, from readline.
	[[ -n $files ]] && compopt -o filenames 2>/dev/null
	# readline replaces only what stands behind its last : or =
	keep=${typed##*[:=]}
	[[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${typed%"$keep"}"}")
	return 0
}

for c in $(compgen -c fx-); do
	complete -F _fx "$c"
done
unset c
