//! What the terminal says: who can log in, and what to try in two minutes.

use super::{PASSWORD, people::USERS};

/// Prints users and tour.
pub(crate) fn tell(url: &str) {
    println!("\nThis is a demonstration: a simulated payment company with data of its own.\n");
    println!("Log in with the password {PASSWORD} as");
    for (login, name, role, _) in USERS {
        println!("  {login:<12}{role:<18}{name}");
    }
    println!(
        "
Two minutes:
  1. Log in as operations at {url}/login. All is well.
  2. {url}/tools → “Break a service”, service bank-link, Run.
  3. Within 7 seconds an alert fires and opens an incident: {url}/alerts, then the incident.
     Under “Paging” stands who is on call and was called; Acknowledge stops that.
     Among its first suspects is the change of an hour ago on the bank link. Say “caused by”.
  4. Within a minute the incident says where failures concentrate: link unionpay, code 91. So does
     {url}/transactions/explanation, with the proof; {url}/merchants says who is hurt.
     Within five minutes {url}/objectives burns too fast, and its alert fires.
  5. In the incident, run the tool “Mend a service” (bank-link); its log runs live, the timeline tells of it.
  6. The alert recovers, and the incident that it opened resolves itself; print it, or export {url}/incidents.csv.
  7. {url}/tools → “Break a merchant”, Run: within a minute the alert, its incident and {url}/transactions/explanation
     name merchant M0017, link unionpay and code 57, and one click writes to its contact. “Mend a merchant” ends it.
  What that looks like afterwards: five days ago the budget of {url}/objectives burned,
  and the incident of then tells whom it called, when, and who came.
  A change that has ended is watched for an hour: run “Let time pass” to see its verdict at once.
  Then: log in as approver on a phone and approve “Gateway 4.12” at {url}/approvals.

Stop with Ctrl-C. The next start begins anew.
"
    );
}
