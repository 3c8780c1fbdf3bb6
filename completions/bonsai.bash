# bash completion for bonsai(1)
_bonsai()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}

	# With "=" among the word breaks, --backend=x is three words.
	if [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	elif [[ $cur == = ]]; then
		cur=
	fi
	case $prev in
	--backend)
		COMPREPLY=($(compgen -W 'ns process' -- "$cur"))
		;;
	*)
		COMPREPLY=($(compgen -W '--backend --help --version' -- "$cur"))
		;;
	esac
}
complete -F _bonsai bonsai
