//! Language, theme and the width of the rail: kept in cookies, and with the person where there is one.

use axum::response::{IntoResponse, Redirect, Response};
use domain::people::{Locale, Theme};
use http::{HeaderValue, header};

use crate::{
    fault::Answer,
    form::PostedForm,
    visit::{Guest, LANGUAGE_COOKIE, THEME_COOKIE},
};

/// A path within this portal, or `/`: `//evil`, `/\evil` and whatever else would leave are not followed.
pub fn local_path(next: &str) -> &str {
    let stays = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.chars().any(char::is_control);
    if stays { next } else { "/" }
}

pub(super) async fn choose(Guest(visit): Guest, form: PostedForm) -> Answer {
    let locale = Locale::parse(form.get("language"));
    let theme = Theme::parse(form.get("theme"));
    if visit.identity.user.is_some() && (locale.is_some() || theme.is_some()) {
        visit.portal.people.prefer(&visit.actor, locale, theme).await?;
    }
    let mut response: Response = Redirect::to(local_path(form.get("next"))).into_response();
    let kept = [(LANGUAGE_COOKIE, locale.map(Locale::tag)), (THEME_COOKIE, theme.map(Theme::word))];
    for (name, value) in kept {
        let Some(value) = value else { continue };
        let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_led_away() {
        assert_eq!(local_path("/incidents?state=open#x"), "/incidents?state=open#x");
        for evil in ["//evil", "/\\evil", "https://evil", "", "javascript:alert(1)", "/a\nSet-Cookie: x", "evil"] {
            assert_eq!(local_path(evil), "/", "{evil:?}");
        }
    }
}
