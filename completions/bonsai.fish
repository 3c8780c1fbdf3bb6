# fish completion for bonsai(1)
complete -c bonsai -f
complete -c bonsai -l backend -x -a "ns\t'namespaces of their own' process\t'no isolation'" -d 'How nodes are isolated'
complete -c bonsai -l help -d 'Show options and commands'
complete -c bonsai -l version -d 'Show the version'
