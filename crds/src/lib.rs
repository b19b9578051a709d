//! The AppGatewayDiagnosis API: being written, nothing to use yet.
