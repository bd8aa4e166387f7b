//! `/api/v1/deliveries`.

use domain::Portal;
use utoipa_axum::router::OpenApiRouter;

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
}
