//! The subset of the ONNX file format that face networks use, as plain structs.
//!
//! Field numbers follow `onnx.proto` (ONNX 1.14); unknown fields are skipped when decoding. Use
//! [`prost::Message`] to decode and encode:
//!
//! ```
//! use oz_models::engine::proto::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
//! use prost::Message as _;
//!
//! let graph = GraphProto {
//!     name: "double".into(),
//!     node: vec![NodeProto::new("Mul", &["x", "two"], "y")],
//!     initializer: vec![TensorProto::from_f32("two", &[1], &[2.0])],
//!     input: vec![ValueInfoProto::f32("x", &["n".into(), 4.into()])],
//!     output: vec![ValueInfoProto::f32("y", &["n".into(), 4.into()])],
//!     ..Default::default()
//! };
//! let bytes = ModelProto::new(graph, 13).encode_to_vec();
//! assert_eq!(ModelProto::decode(&*bytes).unwrap().graph.unwrap().node[0].op_type, "Mul");
//! ```

pub use prost::Message;

/// Supported element types of [`TensorProto`].
pub mod data_type {
    /// 32-bit floating point.
    pub const FLOAT: i32 = 1;
    /// 32-bit integer.
    pub const INT32: i32 = 6;
    /// 64-bit integer.
    pub const INT64: i32 = 7;
    /// One byte, 0 or 1.
    pub const BOOL: i32 = 9;
    /// 64-bit floating point.
    pub const DOUBLE: i32 = 11;
}

/// Kinds of attribute.
pub mod attribute_type {
    /// `f`.
    pub const FLOAT: i32 = 1;
    /// `i`.
    pub const INT: i32 = 2;
    /// `s`.
    pub const STRING: i32 = 3;
    /// `t`.
    pub const TENSOR: i32 = 4;
    /// `floats`.
    pub const FLOATS: i32 = 6;
    /// `ints`.
    pub const INTS: i32 = 7;
}

/// A model file.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ModelProto {
    /// Version of the file format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// Name of the program that wrote the file.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// The network.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Operator sets in use.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Arbitrary key-value pairs.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// An operator set.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OperatorSetIdProto {
    /// Empty for the standard operators.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Version of the set.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// A key and a value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StringStringEntryProto {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A network: nodes in topological order.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GraphProto {
    /// Operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// Name of the graph.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// Inputs; old files list the weights here as well.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// Outputs.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// One operation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NodeProto {
    /// Names of the inputs; empty for an omitted optional input.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the outputs.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Human-readable name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// Constants of the operation.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
    /// Operator set; empty for the standard one.
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// A named constant of a node.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AttributeProto {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A number.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// An integer.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// A string.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// A tensor.
    #[prost(message, optional, tag = "5")]
    pub t: Option<TensorProto>,
    /// Numbers.
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    /// Integers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Field that holds the value, see [`attribute_type`].
    #[prost(int32, tag = "20")]
    pub r#type: i32,
}

/// A constant tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorProto {
    /// Shape, outermost dimension first.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// Element type, see [`data_type`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// Values of type `f32`, unless they are in `raw_data`.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Values of type `i32` and `bool`, unless they are in `raw_data`.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// Values of type `i64`, unless they are in `raw_data`.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// Name of the tensor.
    #[prost(string, tag = "8")]
    pub name: String,
    /// Values in little-endian byte order.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw_data: Option<Vec<u8>>,
    /// Values of type `f64`, unless they are in `raw_data`.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// 1 if the values are stored in another file.
    #[prost(int32, tag = "14")]
    pub data_location: i32,
}

/// Name and type of an input or output.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ValueInfoProto {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The type.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

/// A type; only tensors are read.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TypeProto {
    /// A tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorTypeProto>,
}

/// Element type and shape of a tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorTypeProto {
    /// Element type, see [`data_type`].
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Shape, if known.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// A shape.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorShapeProto {
    /// Dimensions, outermost first.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// One dimension.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DimensionProto {
    /// Its length or name.
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub value: Option<DimensionValue>,
}

/// Length of a dimension, fixed or symbolic.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum DimensionValue {
    /// Fixed length.
    #[prost(int64, tag = "1")]
    Value(i64),
    /// Symbolic length, equal in all dimensions of this name.
    #[prost(string, tag = "2")]
    Param(String),
}

impl From<i64> for DimensionValue {
    fn from(length: i64) -> Self {
        Self::Value(length)
    }
}

impl From<&str> for DimensionValue {
    fn from(name: &str) -> Self {
        Self::Param(name.into())
    }
}

impl ModelProto {
    /// A model that uses version `opset` of the standard operators.
    #[must_use]
    pub fn new(graph: GraphProto, opset: i64) -> Self {
        Self {
            ir_version: 8,
            graph: Some(graph),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: opset }],
            ..Default::default()
        }
    }
}

impl NodeProto {
    /// A node of a standard operator with one output.
    #[must_use]
    pub fn new(op_type: &str, inputs: &[&str], output: &str) -> Self {
        Self {
            op_type: op_type.into(),
            input: inputs.iter().map(|&name| name.into()).collect(),
            output: vec![output.into()],
            ..Default::default()
        }
    }

    /// Adds an integer attribute.
    #[must_use]
    pub fn int(mut self, name: &str, value: i64) -> Self {
        self.attribute.push(AttributeProto {
            name: name.into(),
            i: Some(value),
            r#type: attribute_type::INT,
            ..Default::default()
        });
        self
    }

    /// Adds an attribute that is a list of integers.
    #[must_use]
    pub fn ints(mut self, name: &str, values: &[i64]) -> Self {
        self.attribute.push(AttributeProto {
            name: name.into(),
            ints: values.to_vec(),
            r#type: attribute_type::INTS,
            ..Default::default()
        });
        self
    }

    /// Adds a floating-point attribute.
    #[must_use]
    pub fn float(mut self, name: &str, value: f32) -> Self {
        self.attribute.push(AttributeProto {
            name: name.into(),
            f: Some(value),
            r#type: attribute_type::FLOAT,
            ..Default::default()
        });
        self
    }

    /// Adds a string attribute.
    #[must_use]
    pub fn string(mut self, name: &str, value: &str) -> Self {
        self.attribute.push(AttributeProto {
            name: name.into(),
            s: Some(value.as_bytes().to_vec()),
            r#type: attribute_type::STRING,
            ..Default::default()
        });
        self
    }
}

impl TensorProto {
    /// A constant of `f32`.
    #[must_use]
    pub fn from_f32(name: &str, dims: &[i64], values: &[f32]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::raw(name, dims, data_type::FLOAT, raw)
    }

    /// A constant of `i64`.
    #[must_use]
    pub fn from_i64(name: &str, dims: &[i64], values: &[i64]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::raw(name, dims, data_type::INT64, raw)
    }

    fn raw(name: &str, dims: &[i64], data_type: i32, raw: Vec<u8>) -> Self {
        Self { name: name.into(), dims: dims.to_vec(), data_type, raw_data: Some(raw), ..Default::default() }
    }
}

impl ValueInfoProto {
    /// An input or output of `f32`.
    #[must_use]
    pub fn f32(name: &str, dims: &[DimensionValue]) -> Self {
        let dim = dims.iter().map(|value| DimensionProto { value: Some(value.clone()) }).collect();
        let tensor_type =
            TensorTypeProto { elem_type: data_type::FLOAT, shape: Some(TensorShapeProto { dim }) };
        Self { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }) }
    }
}
