//! Statistics that several areas need: functions of probability, order and dependence of series, and chance that comes out the
//! same each time.

pub mod random;
pub mod series;
pub mod special;
