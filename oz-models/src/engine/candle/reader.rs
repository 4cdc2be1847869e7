//! Decoding of an ONNX file into a [`Graph`].
//!
//! Invariant: any input yields either an error or a graph whose values are defined before use.

use std::collections::HashMap;

use candle_core::{Device, Tensor, WithDType};
use oz_core::inference::{Dim, Signature, TensorSpec};

use super::fault::{Fault, Result};
use super::graph::{Attribute, Attributes, Graph, Node, Value, elements};
use crate::engine::proto::{
    AttributeProto, DimensionValue, GraphProto, Message, ModelProto, NodeProto, TensorProto, ValueInfoProto,
    attribute_type, data_type,
};

/// Decodes a model.
pub(super) fn read(bytes: &[u8]) -> Result<Graph> {
    let model = ModelProto::decode(bytes).map_err(|error| Fault::Invalid(error.to_string()))?;
    let opset = model.opset_import.iter().find(|set| is_standard(&set.domain)).map(|set| set.version);
    let opset = opset.ok_or_else(|| Fault::invalid("the version of the standard operators is missing"))?;
    let graph = model.graph.ok_or_else(|| Fault::invalid("the graph is missing"))?;
    Builder::default().graph(graph, opset)
}

fn is_standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// Assigns numbers to the names of values.
#[derive(Default)]
struct Builder {
    numbers: HashMap<String, Value>,
    constants: HashMap<Value, Tensor>,
}

impl Builder {
    fn graph(mut self, proto: GraphProto, opset: i64) -> Result<Graph> {
        for tensor in proto.initializer {
            let value = self.define(&tensor.name)?;
            self.constants.insert(value, constant(tensor)?);
        }

        // Old files list the weights among the inputs as well.
        let given: Vec<_> =
            proto.input.iter().filter(|input| !self.numbers.contains_key(&input.name)).collect();
        let inputs = given.iter().map(|input| self.define(&input.name)).collect::<Result<Vec<_>>>()?;
        let specs = given.iter().map(|input| input_spec(input)).collect::<Result<Vec<_>>>()?;

        let mut nodes = Vec::with_capacity(proto.node.len());
        for node in proto.node {
            nodes.extend(self.node(node)?);
        }

        let outputs =
            proto.output.iter().map(|output| self.find(&output.name)).collect::<Result<Vec<_>>>()?;
        if outputs.is_empty() {
            return Err(Fault::invalid("the graph has no output"));
        }

        let signature =
            Signature { inputs: specs, outputs: proto.output.iter().map(spec).collect::<Result<Vec<_>>>()? };
        Ok(Graph {
            signature,
            opset,
            nodes,
            inputs,
            outputs,
            constants: self.constants,
            values: self.numbers.len(),
        })
    }

    /// Converts a node. `Constant` nodes become constants of the graph and yield `None`.
    fn node(&mut self, proto: NodeProto) -> Result<Option<Node>> {
        if !is_standard(&proto.domain) {
            return Err(Fault::Unsupported(format!("{}.{}", proto.domain, proto.op_type)));
        }

        let input = |name: &String| (!name.is_empty()).then(|| self.find(name)).transpose();
        let inputs = proto.input.iter().map(input).collect::<Result<Vec<_>>>()?;
        let outputs = proto.output.iter().filter(|name| !name.is_empty());
        let outputs = outputs.map(|name| self.define(name)).collect::<Result<Vec<_>>>()?;
        let attributes = attributes(proto.attribute)?;
        if outputs.is_empty() {
            return Err(Fault::Invalid(format!("a {} node has no output", proto.op_type)));
        }

        let node = Node { operator: proto.op_type, inputs, outputs, attributes };
        if node.operator == "Constant" {
            self.constants.insert(node.output(), constant_node(&node)?);
            return Ok(None);
        }
        Ok(Some(node))
    }

    fn define(&mut self, name: &str) -> Result<Value> {
        let next = self.numbers.len();
        match self.numbers.insert(name.to_owned(), next) {
            None => Ok(next),
            Some(_) => Err(Fault::Invalid(format!("`{name}` is defined twice"))),
        }
    }

    fn find(&self, name: &str) -> Result<Value> {
        let found = self.numbers.get(name).copied();
        found.ok_or_else(|| Fault::Invalid(format!("`{name}` is used before it is defined")))
    }
}

fn constant_node(node: &Node) -> Result<Tensor> {
    let scalar = |name: &str| node.attributes.0.get(name);
    let tensor = match (scalar("value"), scalar("value_float"), scalar("value_int"), scalar("value_ints")) {
        (Some(Attribute::Tensor(tensor)), ..) => tensor.clone(),
        (_, Some(Attribute::Float(value)), ..) => Tensor::new(*value, &Device::Cpu)?,
        (_, _, Some(Attribute::Int(value)), _) => Tensor::new(*value, &Device::Cpu)?,
        (_, _, _, Some(Attribute::Ints(values))) => Tensor::new(values.as_slice(), &Device::Cpu)?,
        _ => match scalar("value_floats") {
            Some(Attribute::Floats(values)) => Tensor::new(values.as_slice(), &Device::Cpu)?,
            _ => return Err(node.unsupported("a value that is not a tensor")),
        },
    };
    Ok(tensor)
}

fn attributes(protos: Vec<AttributeProto>) -> Result<Attributes> {
    let mut attributes = HashMap::with_capacity(protos.len());
    for proto in protos {
        let attribute = match proto.r#type {
            attribute_type::INT => Attribute::Int(proto.i.unwrap_or_default()),
            attribute_type::FLOAT => Attribute::Float(proto.f.unwrap_or_default()),
            attribute_type::STRING => {
                Attribute::Text(String::from_utf8_lossy(&proto.s.unwrap_or_default()).into_owned())
            }
            attribute_type::INTS => Attribute::Ints(proto.ints),
            attribute_type::FLOATS => Attribute::Floats(proto.floats),
            attribute_type::TENSOR => {
                let tensor =
                    proto.t.ok_or_else(|| Fault::invalid("an attribute of type tensor has no tensor"))?;
                Attribute::Tensor(constant(tensor)?)
            }
            _ => continue,
        };
        attributes.insert(proto.name, attribute);
    }
    Ok(Attributes(attributes))
}

fn constant(proto: TensorProto) -> Result<Tensor> {
    let name = &proto.name;
    if proto.data_location != 0 {
        return Err(Fault::Invalid(format!("the values of `{name}` are stored in another file")));
    }
    let shape = proto.dims.iter().map(|&length| usize::try_from(length).ok()).collect::<Option<Vec<_>>>();
    let shape = shape.ok_or_else(|| Fault::Invalid(format!("`{name}` has a negative length")))?;
    let expected = elements(&shape)?;

    let raw = proto.raw_data.as_deref();
    Ok(match proto.data_type {
        data_type::FLOAT => {
            let values = raw.map_or(proto.float_data, |raw| decode(raw, f32::from_le_bytes));
            tensor(values, shape, expected, name)?
        }
        data_type::DOUBLE => {
            let values = raw.map_or(proto.double_data, |raw| decode(raw, f64::from_le_bytes));
            let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
            tensor(values, shape, expected, name)?
        }
        data_type::INT64 => {
            let values = raw.map_or(proto.int64_data, |raw| decode(raw, i64::from_le_bytes));
            tensor(values, shape, expected, name)?
        }
        data_type::INT32 | data_type::BOOL => {
            let wide = proto.data_type == data_type::INT32;
            let values = match raw {
                Some(raw) if wide => decode(raw, i32::from_le_bytes),
                Some(raw) => raw.iter().map(|&byte| i32::from(byte)).collect(),
                None => proto.int32_data,
            };
            let values: Vec<i64> = values.into_iter().map(i64::from).collect();
            tensor(values, shape, expected, name)?
        }
        other => return Err(Fault::Unsupported(format!("constant of data type {other}"))),
    })
}

fn tensor<T: WithDType>(values: Vec<T>, shape: Vec<usize>, expected: usize, name: &str) -> Result<Tensor> {
    if values.len() != expected {
        let actual = values.len();
        return Err(Fault::Invalid(format!(
            "`{name}` has {actual} values instead of {expected} ({shape:?})"
        )));
    }
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn decode<T, const N: usize>(raw: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    // Trailing bytes add a value, so that the caller's check of the number of values fails.
    let rest = usize::from(!raw.len().is_multiple_of(N));
    let (values, _) = raw.as_chunks::<N>();
    values.iter().copied().chain(std::iter::repeat_n([0; N], rest)).map(value).collect()
}

fn input_spec(info: &ValueInfoProto) -> Result<TensorSpec> {
    let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    if tensor.is_none_or(|tensor| tensor.elem_type != data_type::FLOAT || tensor.shape.is_none()) {
        return Err(Fault::Unsupported(format!("input `{}`, not an f32 tensor of known rank,", info.name)));
    }
    spec(info)
}

fn spec(info: &ValueInfoProto) -> Result<TensorSpec> {
    let shape = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()?.shape.as_ref());
    let dims = shape.map_or(&[][..], |shape| &shape.dim);
    let dim = |value: &Option<DimensionValue>| match value {
        Some(DimensionValue::Value(length)) if *length > 0 => {
            usize::try_from(*length).map(Dim::Fixed).map_err(|_| Fault::invalid("a length is too large"))
        }
        _ => Ok(Dim::Dynamic),
    };
    let shape = dims.iter().map(|proto| dim(&proto.value)).collect::<Result<Vec<_>>>()?;
    Ok(TensorSpec { name: info.name.clone(), shape })
}
