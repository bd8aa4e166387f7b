//! Components: each a pure function of its props and of the visit it is rendered for.
