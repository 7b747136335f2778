//! What runs data calls: a permitted call in, an answer out.
