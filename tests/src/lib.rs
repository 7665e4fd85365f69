//! The same questions to every transport.
