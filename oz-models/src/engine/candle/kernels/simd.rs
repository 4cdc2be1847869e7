//! Vectors of `f32`: one trait, implemented for every instruction set.
//!
//! [`dispatch`] runs a [`Kernel`] inside a function that is compiled for the selected instruction set. All
//! functions that a kernel calls are `#[inline(always)]`, so that the whole kernel is compiled for that
//! instruction set.

/// An instruction set that this processor supports. Only [`Isa::detect`] and [`Isa::all`] create values, so
/// holding one proves that its instructions can be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine::candle) struct Isa(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// Widest instruction set that this processor supports.
    pub(in crate::engine::candle) fn detect() -> Self {
        Self::all().pop().unwrap_or(Self(Kind::Portable))
    }

    /// All instruction sets that this processor supports, narrowest first.
    pub(in crate::engine::candle) fn all() -> Vec<Self> {
        let mut found = vec![Self(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Self(Kind::Avx2));
            if is_x86_feature_detected!("avx512f") {
                found.push(Self(Kind::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Self(Kind::Neon));
        found
    }

    /// Human-readable name.
    pub(in crate::engine::candle) fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "AVX2 and FMA",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "AVX-512",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "NEON",
        }
    }

    /// Number of values in a vector.
    pub(in crate::engine::candle) fn lanes(self) -> usize {
        match self.0 {
            Kind::Portable => Portable::LANES,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::Avx2::LANES,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::Avx512::LANES,
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => neon::Neon::LANES,
        }
    }

    /// Maximum width of a tile of a matrix product, in vectors of output channels. Bounded by the number of
    /// registers, see `gemm`.
    pub(super) fn tile_vectors(self) -> usize {
        match self.0 {
            Kind::Portable => 2,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => 2,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => 4,
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => 4,
        }
    }
}

/// Code that is compiled once per instruction set.
pub(super) trait Kernel {
    /// Runs the kernel.
    ///
    /// # Safety
    /// The processor supports `S`, and the kernel's requirements on its pointers hold.
    unsafe fn run<S: Simd>(self);
}

/// Runs `kernel` with the instructions of `isa`.
///
/// # Safety
/// The kernel's requirements on its pointers hold.
#[inline]
pub(super) unsafe fn dispatch<K: Kernel>(isa: Isa, kernel: K) {
    // SAFETY: an `Isa` exists only for instructions that the processor supports; the caller guarantees the
    // rest.
    unsafe {
        match isa.0 {
            Kind::Portable => kernel.run::<Portable>(),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::run_avx2(kernel),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::run_avx512(kernel),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => kernel.run::<neon::Neon>(),
        }
    }
}

/// Vectors of an instruction set.
///
/// # Safety
/// Every function needs a processor that supports the instruction set. Loads read and stores write `LANES`
/// values; the partial variants access the first `count <= LANES` values, and `load_partial` sets the others
/// to 0.
pub(super) trait Simd: Copy {
    /// A vector.
    type V: Copy;
    /// Number of values in a vector.
    const LANES: usize;
    /// Number of vector registers.
    const REGISTERS: usize;

    unsafe fn splat(value: f32) -> Self::V;
    unsafe fn load(from: *const f32) -> Self::V;
    unsafe fn load_partial(from: *const f32, count: usize) -> Self::V;
    unsafe fn store(to: *mut f32, value: Self::V);
    unsafe fn store_partial(to: *mut f32, value: Self::V, count: usize);
    unsafe fn add(left: Self::V, right: Self::V) -> Self::V;
    unsafe fn max(left: Self::V, right: Self::V) -> Self::V;
    unsafe fn min(left: Self::V, right: Self::V) -> Self::V;
    /// `left * right + addend`, with a single rounding if the processor has fused multiply-add.
    unsafe fn mul_add(left: Self::V, right: Self::V, addend: Self::V) -> Self::V;
}

/// Portable code on arrays of four values, which the compiler vectorizes for the target.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// Evaluates an expression for every lane. Not `array::from_fn`, because its closure may become a call in the
/// innermost loop.
macro_rules! lanes {
    ($lane:ident => $value:expr) => {
        [
            {
                let $lane: usize = 0;
                $value
            },
            {
                let $lane: usize = 1;
                $value
            },
            {
                let $lane: usize = 2;
                $value
            },
            {
                let $lane: usize = 3;
                $value
            },
        ]
    };
}

// SAFETY of the bodies: as required by the trait.
impl Simd for Portable {
    type V = [f32; 4];
    const LANES: usize = 4;
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> [f32; 4] {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> [f32; 4] {
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_partial(from: *const f32, count: usize) -> [f32; 4] {
        let mut lanes = [0.0; 4];
        for lane in 0..4 {
            if lane < count {
                lanes[lane] = unsafe { *from.add(lane) };
            }
        }
        lanes
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: [f32; 4]) {
        unsafe { to.cast::<[f32; 4]>().write_unaligned(value) };
    }
    #[inline(always)]
    unsafe fn store_partial(to: *mut f32, value: [f32; 4], count: usize) {
        for lane in 0..4 {
            if lane < count {
                unsafe { *to.add(lane) = value[lane] };
            }
        }
    }
    #[inline(always)]
    unsafe fn add(left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        lanes!(lane => left[lane] + right[lane])
    }
    #[inline(always)]
    unsafe fn max(left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        lanes!(lane => if left[lane] > right[lane] { left[lane] } else { right[lane] })
    }
    #[inline(always)]
    unsafe fn min(left: [f32; 4], right: [f32; 4]) -> [f32; 4] {
        lanes!(lane => if left[lane] < right[lane] { left[lane] } else { right[lane] })
    }
    #[inline(always)]
    unsafe fn mul_add(left: [f32; 4], right: [f32; 4], addend: [f32; 4]) -> [f32; 4] {
        lanes!(lane => left[lane] * right[lane] + addend[lane])
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Kernel, Simd};

    /// # Safety
    /// The processor supports AVX2 and FMA; the kernel's requirements hold.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn run_avx2<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<Avx2>() };
    }

    /// # Safety
    /// The processor supports AVX-512F; the kernel's requirements hold.
    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) unsafe fn run_avx512<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<Avx512>() };
    }

    #[derive(Clone, Copy)]
    pub(super) struct Avx2;

    impl Avx2 {
        #[inline(always)]
        unsafe fn mask(count: usize) -> __m256i {
            static EDGE: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
            // SAFETY: `count <= 8`, so the eight values from `8 - count` on are inside the array.
            unsafe { _mm256_loadu_si256(EDGE.as_ptr().add(8 - count).cast()) }
        }
    }

    // SAFETY of the bodies: as required by the trait.
    impl Simd for Avx2 {
        type V = __m256;
        const LANES: usize = 8;
        const REGISTERS: usize = 16;

        #[inline(always)]
        unsafe fn splat(value: f32) -> __m256 {
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> __m256 {
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_partial(from: *const f32, count: usize) -> __m256 {
            unsafe { _mm256_maskload_ps(from, Self::mask(count)) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: __m256) {
            unsafe { _mm256_storeu_ps(to, value) };
        }
        #[inline(always)]
        unsafe fn store_partial(to: *mut f32, value: __m256, count: usize) {
            unsafe { _mm256_maskstore_ps(to, Self::mask(count), value) };
        }
        #[inline(always)]
        unsafe fn add(left: __m256, right: __m256) -> __m256 {
            unsafe { _mm256_add_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn max(left: __m256, right: __m256) -> __m256 {
            unsafe { _mm256_max_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn min(left: __m256, right: __m256) -> __m256 {
            unsafe { _mm256_min_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn mul_add(left: __m256, right: __m256, addend: __m256) -> __m256 {
            unsafe { _mm256_fmadd_ps(left, right, addend) }
        }
    }

    #[derive(Clone, Copy)]
    pub(super) struct Avx512;

    impl Avx512 {
        #[inline(always)]
        fn mask(count: usize) -> __mmask16 {
            ((1u32 << count) - 1) as __mmask16
        }
    }

    // SAFETY of the bodies: as required by the trait.
    impl Simd for Avx512 {
        type V = __m512;
        const LANES: usize = 16;
        const REGISTERS: usize = 32;

        #[inline(always)]
        unsafe fn splat(value: f32) -> __m512 {
            unsafe { _mm512_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> __m512 {
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_partial(from: *const f32, count: usize) -> __m512 {
            unsafe { _mm512_maskz_loadu_ps(Self::mask(count), from) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: __m512) {
            unsafe { _mm512_storeu_ps(to, value) };
        }
        #[inline(always)]
        unsafe fn store_partial(to: *mut f32, value: __m512, count: usize) {
            unsafe { _mm512_mask_storeu_ps(to, Self::mask(count), value) };
        }
        #[inline(always)]
        unsafe fn add(left: __m512, right: __m512) -> __m512 {
            unsafe { _mm512_add_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn max(left: __m512, right: __m512) -> __m512 {
            unsafe { _mm512_max_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn min(left: __m512, right: __m512) -> __m512 {
            unsafe { _mm512_min_ps(left, right) }
        }
        #[inline(always)]
        unsafe fn mul_add(left: __m512, right: __m512, addend: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(left, right, addend) }
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::*;

    use super::{Portable, Simd};

    #[derive(Clone, Copy)]
    pub(super) struct Neon;

    // SAFETY of the bodies: as required by the trait; all processors of Rust's aarch64 standard targets
    // support NEON.
    impl Simd for Neon {
        type V = float32x4_t;
        const LANES: usize = 4;
        const REGISTERS: usize = 32;

        #[inline(always)]
        unsafe fn splat(value: f32) -> float32x4_t {
            unsafe { vdupq_n_f32(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> float32x4_t {
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn load_partial(from: *const f32, count: usize) -> float32x4_t {
            unsafe { vld1q_f32(Portable::load_partial(from, count).as_ptr()) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: float32x4_t) {
            unsafe { vst1q_f32(to, value) };
        }
        #[inline(always)]
        unsafe fn store_partial(to: *mut f32, value: float32x4_t, count: usize) {
            let mut lanes = [0.0; 4];
            unsafe {
                vst1q_f32(lanes.as_mut_ptr(), value);
                Portable::store_partial(to, lanes, count);
            }
        }
        #[inline(always)]
        unsafe fn add(left: float32x4_t, right: float32x4_t) -> float32x4_t {
            unsafe { vaddq_f32(left, right) }
        }
        #[inline(always)]
        unsafe fn max(left: float32x4_t, right: float32x4_t) -> float32x4_t {
            unsafe { vmaxq_f32(left, right) }
        }
        #[inline(always)]
        unsafe fn min(left: float32x4_t, right: float32x4_t) -> float32x4_t {
            unsafe { vminq_f32(left, right) }
        }
        #[inline(always)]
        unsafe fn mul_add(left: float32x4_t, right: float32x4_t, addend: float32x4_t) -> float32x4_t {
            unsafe { vfmaq_f32(addend, left, right) }
        }
    }
}
