//! Killing the process while it takes transactions.
