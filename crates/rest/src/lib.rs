//! The REST dialect: routes, parameters, index expressions, errors.
