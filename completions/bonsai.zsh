#compdef bonsai
_arguments \
	'--backend=[how nodes are isolated]:backend:((ns\:"namespaces of their own" process\:"no isolation"))' \
	'(- *)--help[show options and commands]' \
	'(- *)--version[show the version]'
