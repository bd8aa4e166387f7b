//! The code that proves that a contact method reaches its person. It is stored nowhere: it is made of a seed that is, with
//! a key that lies beside the database.

use domain::{Fault, deliveries::code_of};

use crate::Seal;

/// The six digits of a seed, for one contact method.
pub(super) fn code(seal: &Seal, contact: &str, seed: &str) -> Result<String, Fault> {
    Ok(code_of(&seal.fingerprint("contacts.code", &[contact.as_bytes(), seed.as_bytes()])?))
}
