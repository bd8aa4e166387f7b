//! Islands: the few parts of a page that live in the browser.
