//! `target/site`: what browsers load. `pkg/` the islands, `main.css` the bundled style sheet, `js/` the scripts,
//! icons beside them; each with its `.br` and `.gz`. Files that did not change are left alone, so Cargo embeds anew
//! only when something did.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use lightningcss::{
    bundler::{Bundler, FileProvider},
    stylesheet::{ParserOptions, PrinterOptions},
    targets::{Browsers, Targets},
};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    shell::{Done, cargo, must, root, target},
    tools,
};

/// Whether to compile the islands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Islands {
    /// Compile them.
    Build,
    /// Leave them as they are.
    Keep,
}

/// Where the site is: where `server/build.rs` looks.
pub fn folder() -> PathBuf {
    root().join("target/site")
}

/// Builds it.
pub fn build(islands: Islands) -> Done {
    let site = folder();
    let mut kept = BTreeSet::new();
    let mut write = |name: &str, bytes: &[u8]| -> Done {
        kept.insert(site.join(name));
        put(&site.join(name), bytes)
    };
    if islands == Islands::Build {
        for (name, bytes) in compile_islands()? {
            write(&format!("pkg/{name}"), &bytes)?;
        }
    }
    write("main.css", bundle_styles()?.as_bytes())?;
    for (from, to) in [("app/js", "js/"), ("app/icons", ""), ("app/static", "")] {
        let from = root().join(from);
        for file in files(&from) {
            let name = file.strip_prefix(&from).unwrap_or(&file).to_string_lossy().into_owned();
            write(&format!("{to}{name}"), &read(&file)?)?;
        }
    }
    for file in files(&site) {
        let plain = match file.extension().and_then(|e| e.to_str()) {
            Some("br" | "gz") => file.with_extension(""),
            _ => file.clone(),
        };
        let islands_stay = islands == Islands::Keep && file.starts_with(site.join("pkg"));
        if !kept.contains(&plain) && !islands_stay {
            fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}

/// Rust to WebAssembly, WebAssembly to a module that browsers load.
fn compile_islands() -> Done<Vec<(String, Vec<u8>)>> {
    tools::wasm_target()?;
    let mut build = cargo();
    build.args(["build", "--locked", "--package", "app", "--lib", "--no-default-features", "--features", "hydrate"]);
    must(build.args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"]))?;
    let wasm = target().join("wasm32-unknown-unknown/wasm/app.wasm");
    let out = target().join("wasm-bindgen");
    let same = out.join("from");
    let stamp = format!("{:?}", fs::metadata(&wasm).and_then(|m| m.modified()).map_err(|error| format!("{}: {error}", wasm.display()))?);
    if fs::read_to_string(&same).ok().as_ref() != Some(&stamp) {
        let _ = fs::remove_dir_all(&out);
        let mut bindgen = Bindgen::new();
        let bound = bindgen.input_path(&wasm).web(true).and_then(|b| b.typescript(false).out_name("app").generate(&out));
        bound.map_err(|error| format!("wasm-bindgen: {error:#}"))?;
        fs::write(&same, stamp).map_err(|error| error.to_string())?;
    }
    let mut all = Vec::new();
    for file in files(&out).into_iter().filter(|file| *file != same) {
        let name = file.strip_prefix(&out).unwrap_or(&file).to_string_lossy().into_owned();
        all.push((name, read(&file)?));
    }
    Ok(all)
}

/// `style/main.css` with everything it imports, for browsers of the last years.
fn bundle_styles() -> Done<String> {
    let provider = FileProvider::new();
    let mut bundler = Bundler::new(&provider, None, ParserOptions::default());
    let main = root().join("style/main.css");
    let mut sheet = bundler.bundle(&main).map_err(|error| format!("style: {error}"))?;
    let version = |major: u32| Some(major << 16);
    let browsers = Browsers { chrome: version(123), firefox: version(125), safari: version(17), ..Browsers::default() };
    let targets = Targets::from(browsers);
    sheet.minify(lightningcss::stylesheet::MinifyOptions { targets, ..Default::default() }).map_err(|error| format!("style: {error}"))?;
    let printed = sheet.to_css(PrinterOptions { minify: true, targets, ..Default::default() });
    printed.map(|css| css.code).map_err(|error| format!("style: {error}"))
}

/// Writes a file and what it is when compressed, unless it says that already.
fn put(path: &Path, bytes: &[u8]) -> Done {
    let with = |ending: &str| PathBuf::from(format!("{}.{ending}", path.display()));
    let (br, gz) = (with("br"), with("gz"));
    if fs::read(path).is_ok_and(|there| there == bytes) && br.exists() && gz.exists() {
        return Ok(());
    }
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 64 * 1024, 10, 22).write_all(bytes).map_err(fail)?;
    fs::write(br, brotli).map_err(fail)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).map_err(fail)?;
    fs::write(gz, gzip.finish().map_err(fail)?).map_err(fail)?;
    fs::write(path, bytes).map_err(fail)
}

fn read(path: &Path) -> Done<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Every file below a folder, in order; none where it is not there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { todo.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
