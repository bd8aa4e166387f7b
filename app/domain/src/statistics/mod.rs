//! Statistics that several areas need: functions of probability, order and dependence of series, units that can be reckoned in, and
//! chance that comes out the same each time.

pub mod random;
pub mod scale;
pub mod series;
pub mod special;
