# components
