#!/bin/sh
# fx-escalate against a second account of a task's life in another language (task-model.py):
# random registries, orders, events and sweep times; any order of the entries; killed and run again.
# FX_MODEL="SEED ROUNDS ORDERS" for more.
. "$(dirname "$0")/../lib.sh"

if ! command -v python3 >/dev/null; then
	skip "the model and fx-escalate agree" "no python3"
	done_testing
fi
# shellcheck disable=SC2086 # three numbers
check "the model and fx-escalate agree" python3 "$TOP/tests/t/task-model.py" ${FX_MODEL:-1000 12 50}
done_testing
