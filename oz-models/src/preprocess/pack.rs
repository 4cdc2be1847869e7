//! Normalisation of 8-bit pixels to floating-point tensors.

use oz_core::media::Image;

use crate::ledger::{ColourOrder, ImageInput, Layout};

/// Writes images into a tensor in the network's layout and channel order, normalised to `(x - mean) / std` by
/// lookup table.
#[derive(Clone)]
pub struct Packer {
    /// For each channel of the tensor, its index in an RGB pixel and its lookup table.
    channels: Box<[(usize, [f32; 256]); 3]>,
    layout: Layout,
}

impl Packer {
    /// Creates a packer and computes its lookup tables.
    #[must_use]
    pub fn new(input: &ImageInput) -> Self {
        let source = match input.colour {
            ColourOrder::Rgb => [0, 1, 2],
            ColourOrder::Bgr => [2, 1, 0],
        };
        let table = |c: usize| std::array::from_fn(|value| (value as f32 - input.mean[c]) / input.std[c]);
        Self { channels: Box::new(std::array::from_fn(|c| (source[c], table(c)))), layout: input.layout }
    }

    /// Tensor shape of a batch of images.
    #[must_use]
    pub fn shape(&self, batch: usize, width: u32, height: u32) -> [usize; 4] {
        match self.layout {
            Layout::Nchw => [batch, 3, height as usize, width as usize],
            Layout::Nhwc => [batch, height as usize, width as usize, 3],
        }
    }

    /// Appends the values of one image.
    pub fn append(&self, image: &Image, values: &mut Vec<f32>) {
        let pixels = image.pixels();
        match self.layout {
            Layout::Nchw => {
                for (source, table) in &*self.channels {
                    let plane = pixels[*source..].iter().step_by(3);
                    values.extend(plane.map(|&value| table[usize::from(value)]));
                }
            }
            Layout::Nhwc => {
                let [first, second, third] = &*self.channels;
                values.extend(pixels.chunks_exact(3).flat_map(|pixel| {
                    [first, second, third].map(|(source, table)| table[usize::from(pixel[*source])])
                }));
            }
        }
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packer({:?})", self.layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Crop;

    fn packed(layout: Layout, colour: ColourOrder) -> Vec<f32> {
        let input = ImageInput {
            layout,
            colour,
            mean: [1.0, 2.0, 3.0],
            std: [1.0, 2.0, 4.0],
            crop: Crop::Letterbox,
            padding: 0,
            width: 2,
            height: 1,
        };
        let image = Image::from_fn(2, 1, |x, _| if x == 0 { [11, 12, 13] } else { [21, 22, 23] });
        let mut values = Vec::new();
        Packer::new(&input).append(&image, &mut values);
        values
    }

    #[test]
    fn nchw_stores_plane_after_plane() {
        assert_eq!(packed(Layout::Nchw, ColourOrder::Rgb), [10.0, 20.0, 5.0, 10.0, 2.5, 5.0]);
    }

    #[test]
    fn nhwc_stores_pixel_after_pixel() {
        assert_eq!(packed(Layout::Nhwc, ColourOrder::Rgb), [10.0, 5.0, 2.5, 20.0, 10.0, 5.0]);
    }

    #[test]
    fn mean_and_std_apply_in_tensor_channel_order() {
        assert_eq!(packed(Layout::Nchw, ColourOrder::Bgr), [12.0, 22.0, 5.0, 10.0, 2.0, 4.5]);
    }
}
