//! What happens between requests.
