//! What hangs together: of one thing a channel is told in the order in which it happened, however often an attempt fails. Else an end
//! that overtakes its beginning leaves the beginning standing for ever.

use serde_json::Value;

use super::Notify;
use crate::alerts::{Labels, labels::fingerprint};

/// What a message tells of; `None` for what stands by itself.
pub fn thread(event: Notify, data: &Value) -> Option<String> {
    use Notify::{
        ActionDue, AlertFiring, AlertResolved, ChangeApproved, ChangeExpired, ChangeFinished, ChangePending, ChangeRejected, ChangeStarted,
        ChangeUngated, ChangeVerified, IncidentOpened, IncidentReopened, IncidentResolved, Page, StatusConfirm, StatusNotice, SwapAccepted,
        SwapDeclined, SwapOffered, SwapWithdrawn, Test, Verify,
    };
    let of = |noun: &str| Some(format!("{noun}-{}", data[noun]["id"].as_str()?));
    match event {
        // A group goes on under its key when the routes are edited.
        AlertFiring | AlertResolved => group(data).or_else(|| of("alert")),
        IncidentOpened | IncidentReopened | IncidentResolved => of("incident"),
        ChangePending | ChangeApproved | ChangeRejected | ChangeExpired | ChangeStarted | ChangeFinished | ChangeUngated
        | ChangeVerified => Some(format!("change-{}", data["id"].as_str()?)),
        SwapOffered | SwapAccepted | SwapDeclined | SwapWithdrawn => of("swap"),
        StatusNotice => of("notice").or_else(|| of("work")),
        ActionDue | Page | Test | Verify | StatusConfirm => None,
    }
}

fn group(data: &Value) -> Option<String> {
    let part = |name: &str| Some((name.to_owned(), data[name].as_str()?.to_owned()));
    let names = Labels::from([part("receiver")?, part("groupKey")?]);
    Some(format!("group-{}", fingerprint(&names)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_begins_and_ends_is_one_thread() {
        let alert = json!({ "alert": { "id": "a" }, "incident": { "id": "i" } });
        assert_eq!(thread(Notify::AlertFiring, &alert).as_deref(), Some("alert-a"));
        assert_eq!(thread(Notify::AlertResolved, &alert).as_deref(), Some("alert-a"));
        assert_eq!(thread(Notify::IncidentResolved, &alert).as_deref(), Some("incident-i"));
        assert_eq!(thread(Notify::Page, &alert), None, "whoever is called waits for nothing");
        let group = |id: &str, key: &str| json!({ "alert": { "id": id }, "group": { "id": id }, "groupKey": key, "receiver": "ops" });
        let of = |id: &str, key: &str| thread(Notify::AlertFiring, &group(id, key)).unwrap();
        assert_eq!(of("a", "{}"), of("b", "{}"));
        assert_ne!(of("a", "{}"), of("a", "{zone=\"eu\"}"));
        assert_eq!(thread(Notify::ChangeStarted, &json!({ "id": "c" })).as_deref(), Some("change-c"));
        assert_eq!(thread(Notify::SwapWithdrawn, &json!({ "swap": { "id": "s" } })).as_deref(), Some("swap-s"));
        assert_eq!(thread(Notify::StatusNotice, &json!({ "page": { "slug": "s" }, "work": { "id": "w" } })).as_deref(), Some("work-w"));
    }
}
