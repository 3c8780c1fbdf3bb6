#!/bin/bash
# The agent under valgrind: as its unit tests run it, each agent a process of its own, and so the
# programs that it runs are not looked at.
. tests/lib/system.sh
command -v valgrind >/dev/null || { skip 'valgrind' 'it is not installed'; finish_tests; }

for test in test_agent test_agent_tree; do
	[ -x "$BUILD/tests/unit/$test" ] || die "$test is built" 'make tests'
	CMOCKA_MESSAGE_OUTPUT=TAP valgrind -q --trace-children=yes --trace-children-skip='/bin/*,/usr/*' \
		--suppressions=tests/lib/valgrind.supp --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
		--log-file="$scratch/$test.%p" "$BUILD/tests/unit/$test" >"$scratch/$test" 2>&1
	is "$test passes" "$(grep -E '^not ok|^# .*(Failure|!=)' "$scratch/$test")" ''
	check "$test runs tests" grep -q '^ok ' "$scratch/$test"
	check "$test runs agents" [ "$(ls "$scratch/$test".* | wc -l)" -gt 5 ]
	is "$test: no error, nothing lost" "$(cat "$scratch/$test".* | cut -c 1-200)" ''
done
finish_tests
