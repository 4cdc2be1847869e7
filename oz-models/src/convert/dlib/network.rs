//! Architecture of the network: a residual network of 29 convolutions with half the usual number of filters.

use super::stream::Layer;
use crate::engine::proto::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

type Built<T> = Result<T, String>;

/// Filters and number of blocks of each stage, from input to output. Every stage but the first begins with a
/// [`Writer::halving_block`].
///
/// Source: dlib 19.24, `dnn_face_recognition_ex.cpp`, `anet_type`.
const STAGES: [(usize, usize); 5] = [(32, 3), (64, 4), (128, 3), (256, 3), (256, 1)];
/// Side of the input in pixels.
const SIDE: usize = 150;
/// Length of the feature vector.
const FEATURES: usize = 128;
/// Version of the ONNX operator set.
const OPSET: i64 = 13;

/// Builds the model from all layers with weights, in order from input to output.
pub(super) fn build(layers: Vec<Layer>) -> Built<ModelProto> {
    let mut writer = Writer { layers: layers.into_iter(), graph: GraphProto::default(), names: 0 };
    let features = writer.network()?;
    if writer.layers.next().is_some() {
        return Err("the file has more layers than the network".into());
    }

    let mut graph = writer.graph;
    graph.name = "dlib_resnet_128".into();
    let side = SIDE as i64;
    graph.input = vec![ValueInfoProto::f32("input", &["n".into(), 3.into(), side.into(), side.into()])];
    graph.output = vec![ValueInfoProto::f32(&features, &["n".into(), (FEATURES as i64).into()])];
    Ok(ModelProto::new(graph, OPSET))
}

/// An intermediate tensor of the graph.
struct Value {
    name: String,
    channels: usize,
    side: usize,
}

struct Writer {
    layers: std::vec::IntoIter<Layer>,
    graph: GraphProto,
    names: usize,
}

impl Writer {
    fn network(&mut self) -> Built<String> {
        let input = Value { name: "input".into(), channels: 3, side: SIDE };
        let x = self.convolution(&input, 32, 7, 2, 0)?;
        let x = self.relu(&x);
        let mut x = self.pool("MaxPool", &x, 3);
        for (stage, (channels, blocks)) in STAGES.into_iter().enumerate() {
            for block in 0..blocks {
                x = if stage > 0 && block == 0 { self.halving_block(&x, channels)? } else { self.block(&x)? };
            }
        }

        let mean = self.node(NodeProto::new("GlobalAveragePool", &[&x.name], ""));
        let flat = self.node(NodeProto::new("Flatten", &[&mean], "").int("axis", 1));
        self.dense(&flat, x.channels)
    }

    /// `relu(x + f(x))`.
    fn block(&mut self, x: &Value) -> Built<Value> {
        let y = self.convolution(x, x.channels, 3, 1, 1)?;
        let y = self.relu(&y);
        let y = self.convolution(&y, x.channels, 3, 1, 1)?;
        Ok(self.add_relu(&y, x))
    }

    /// `relu(mean(x) + f(x))` at half the side.
    ///
    /// dlib zero-pads the smaller operand of a sum: the mean has fewer channels, and `f` lacks a row and a
    /// column where its unpadded convolution ends early.
    fn halving_block(&mut self, x: &Value, channels: usize) -> Built<Value> {
        let y = self.convolution(x, channels, 3, 2, 0)?;
        let y = self.relu(&y);
        let y = self.convolution(&y, channels, 3, 1, 1)?;
        let mean = self.pool("AveragePool", x, 2);
        let side = y.side.max(mean.side);
        let (y, mean) = (self.pad(y, channels, side), self.pad(mean, channels, side));
        Ok(self.add_relu(&y, &mean))
    }

    /// A convolution with the following affine layer folded in.
    fn convolution(
        &mut self,
        x: &Value,
        filters: usize,
        kernel: usize,
        stride: usize,
        pad: usize,
    ) -> Built<Value> {
        let size = x.channels * kernel * kernel;
        let weights = self.weights("con_4", filters * size + filters)?;
        let affine = self.weights("affine_", 2 * filters)?;
        let ((weights, biases), (scales, offsets)) =
            (weights.split_at(filters * size), affine.split_at(filters));

        let folded: Vec<f32> = weights
            .chunks_exact(size)
            .zip(scales)
            .flat_map(|(filter, scale)| filter.iter().map(|w| (f64::from(*w) * f64::from(*scale)) as f32))
            .collect();
        let bias = biases.iter().zip(scales).zip(offsets);
        let bias: Vec<f32> =
            bias.map(|((b, s), o)| (f64::from(*b) * f64::from(*s) + f64::from(*o)) as f32).collect();

        let dims = [filters, x.channels, kernel, kernel].map(|d| d as i64);
        let (weights, bias) = (self.floats(&dims, &folded), self.floats(&[filters as i64], &bias));
        let (k, s, p) = (kernel as i64, stride as i64, pad as i64);
        let node = NodeProto::new("Conv", &[&x.name, &weights, &bias], "");
        let node = node.ints("kernel_shape", &[k, k]).ints("strides", &[s, s]).ints("pads", &[p, p, p, p]);
        let side = (x.side + 2 * pad - kernel) / stride + 1;
        Ok(Value { name: self.node(node), channels: filters, side })
    }

    fn relu(&mut self, x: &Value) -> Value {
        Value { name: self.node(NodeProto::new("Relu", &[&x.name], "")), ..*x }
    }

    fn add_relu(&mut self, y: &Value, x: &Value) -> Value {
        let name = self.node(NodeProto::new("Add", &[&y.name, &x.name], ""));
        self.relu(&Value { name, ..*y })
    }

    /// Pooling with a stride of two.
    fn pool(&mut self, kind: &str, x: &Value, kernel: usize) -> Value {
        let k = kernel as i64;
        let node =
            NodeProto::new(kind, &[&x.name], "").ints("kernel_shape", &[k, k]).ints("strides", &[2, 2]);
        Value { name: self.node(node), channels: x.channels, side: (x.side - kernel) / 2 + 1 }
    }

    /// Zero-pads after the last channel, row and column.
    fn pad(&mut self, x: Value, channels: usize, side: usize) -> Value {
        let (depth, margin) = ((channels - x.channels) as i64, (side - x.side) as i64);
        if depth == 0 && margin == 0 {
            return x;
        }
        let pads =
            self.constant(|name| TensorProto::from_i64(name, &[8], &[0, 0, 0, 0, 0, depth, margin, margin]));
        let node = NodeProto::new("Pad", &[&x.name, &pads], "").string("mode", "constant");
        Value { name: self.node(node), channels, side }
    }

    fn dense(&mut self, x: &str, length: usize) -> Built<String> {
        let weights = match self.layers.next() {
            Some(Layer::Dense { inputs, outputs, weights })
                if (inputs, outputs) == (length, FEATURES) && weights.len() == inputs * outputs =>
            {
                weights
            }
            _ => return Err(format!("the last layer is not a dense layer of {length} x {FEATURES}")),
        };
        let weights = self.floats(&[length as i64, FEATURES as i64], &weights);
        self.graph.node.push(NodeProto::new("MatMul", &[x, &weights], "features"));
        Ok("features".into())
    }

    /// Weights of the next layer, which must have this kind and number of weights.
    fn weights(&mut self, kind: &str, count: usize) -> Built<Vec<f32>> {
        let layer = self.layers.next().ok_or_else(|| format!("a layer `{kind}` is missing at the end"))?;
        let name = layer.name();
        match layer {
            Layer::Convolution(weights) | Layer::Affine(weights)
                if name == kind && weights.len() == count =>
            {
                Ok(weights)
            }
            _ => Err(format!("found a layer `{name}`, expected `{kind}` with {count} weights")),
        }
    }

    fn floats(&mut self, dims: &[i64], values: &[f32]) -> String {
        self.constant(|name| TensorProto::from_f32(name, dims, values))
    }

    fn constant(&mut self, tensor: impl FnOnce(&str) -> TensorProto) -> String {
        let name = self.fresh("c");
        self.graph.initializer.push(tensor(&name));
        name
    }

    /// Appends a node and returns the fresh name of its output.
    fn node(&mut self, mut node: NodeProto) -> String {
        let name = self.fresh("t");
        node.output = vec![name.clone()];
        self.graph.node.push(node);
        name
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }
}
