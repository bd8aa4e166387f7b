//! A view becomes an answer: rendered at once, inside an owner that knows the visit.

use std::sync::{Arc, OnceLock};

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use leptos::{config::LeptosOptions, hydration::HydrationScripts, prelude::*};

use crate::{
    shell::Frame,
    visit::{TOAST_COOKIE, Visit},
};

static ASSET_ROOT: OnceLock<String> = OnceLock::new();

/// Tells where assets are served, e.g. `/a/3f9c…`; once, at boot.
pub fn set_asset_root(root: String) {
    // A second call (tests boot many times) names the same root.
    let _ = ASSET_ROOT.set(root);
}

/// The URL of an asset, e.g. `asset("css/main.css")`.
pub fn asset(path: &str) -> String {
    format!("{}/{path}", ASSET_ROOT.get().map_or("/a/0", String::as_str))
}

impl Visit {
    /// A page within the shell, status 200. `title` without the product's name.
    pub fn page<V: IntoView + 'static>(&self, title: impl Into<String>, body: impl FnOnce() -> V) -> Response {
        self.page_as(StatusCode::OK, title, body)
    }

    /// A page within the shell.
    pub fn page_as<V: IntoView + 'static>(&self, status: StatusCode, title: impl Into<String>, body: impl FnOnce() -> V) -> Response {
        let title = title.into();
        self.document(status, |visit, html, scripts| view! { <Frame visit title html scripts/> }, body)
    }

    /// A page without navigation: login, set-up, printing. It still carries head, theme and language.
    pub fn bare_page<V: IntoView + 'static>(&self, status: StatusCode, title: impl Into<String>, body: impl FnOnce() -> V) -> Response {
        let title = title.into();
        self.document(status, |visit, html, scripts| view! { <Frame visit title html scripts bare=true/> }, body)
    }

    fn document<V: IntoView + 'static, F: IntoView + 'static>(
        &self,
        status: StatusCode,
        frame: impl FnOnce(Visit, String, Option<AnyView>) -> F,
        body: impl FnOnce() -> V,
    ) -> Response {
        let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new_islands())));
        let html = owner.with(|| {
            provide_context(self.clone());
            provide_context(self.nonce.0.clone());
            if let Some(shared) = Owner::current_shared_context() {
                shared.set_is_hydrating(false);
            }
            let body = body().into_view().to_html();
            // Pages without islands load no WebAssembly at all.
            let scripts = body.contains("<leptos-island").then(|| {
                let options = LeptosOptions::builder().output_name("app").site_pkg_dir("pkg").build();
                view! { <HydrationScripts options islands=true root=asset("").trim_end_matches('/').to_owned()/> }.into_any()
            });
            frame(self.clone(), body, scripts).into_view().to_html()
        });
        drop(owner);
        let mut response = (status, Html(format!("<!DOCTYPE html>{html}"))).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.toast.is_some() {
            let gone = format!("{TOAST_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
            if let Ok(gone) = HeaderValue::from_str(&gone) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
        }
        response
    }
}
