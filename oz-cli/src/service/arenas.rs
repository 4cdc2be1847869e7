//! How many pools the allocator of the system spreads memory over.

/// Takes as many pools as there are cores. glibc would take eight times as many, and what has been freed in one is not used by
/// the others: under load a service grew by megabytes a minute, three quarters of them free. To be called before there are
/// threads; other allocators are left alone.
pub(crate) fn bound() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // SAFETY: nothing but a number goes in, and one that is refused changes nothing.
        #[allow(unsafe_code, reason = "the standard library has no word for it")]
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, i32::try_from(cores).unwrap_or(i32::MAX))
        };
    }
}
