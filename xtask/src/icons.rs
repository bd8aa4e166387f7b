//! The icon sprite: of all Lucide icons only those that `app/src/components/icon.rs` names, as one SVG of symbols.
//! It is checked in, so that a build needs no npm; this only runs when an icon is added.

use std::{fs, path::Path};

/// Reads the list in `icon.rs` and writes `app/icons/icons.svg` from `end2end/node_modules/lucide-static`.
pub fn build(root: &Path) -> Result<String, String> {
    let list = root.join("app/src/components/icon.rs");
    let source = fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let names = names(&source).ok_or("icon.rs has no list `ICONS`")?;
    let folder = root.join("end2end/node_modules/lucide-static/icons");
    let mut sprite = String::from(
        "<!-- Lucide (https://lucide.dev), ISC licence. Written by `cargo xtask icons`. -->\n<svg xmlns=\"http://www.w3.org/2000/svg\">\n",
    );
    for name in &names {
        let file = folder.join(format!("{name}.svg"));
        let svg = fs::read_to_string(&file).map_err(|e| format!("{}: {e} (run `npm ci` in end2end first)", file.display()))?;
        let inner = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).and_then(|(_, rest)| rest.rsplit_once("</svg>"));
        let (inner, _) = inner.ok_or_else(|| format!("{}: no <svg>", file.display()))?;
        let inner: String = inner.lines().map(str::trim).collect();
        sprite.push_str(&format!("<symbol id=\"{name}\" viewBox=\"0 0 24 24\">{}</symbol>\n", inner.replace(" />", "/>")));
    }
    sprite.push_str("</svg>\n");
    let target = root.join("app/icons/icons.svg");
    fs::write(&target, &sprite).map_err(|e| format!("{}: {e}", target.display()))?;
    Ok(format!("{} icons, {} bytes", names.len(), sprite.len()))
}

fn names(source: &str) -> Option<Vec<&str>> {
    let list = source.split_once("ICONS: &[&str] = &[")?.1.split_once("];")?.0;
    Some(list.split('"').skip(1).step_by(2).collect())
}
