//! A question as a function.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use continuum_arrow::{Question, check_kind};
use datafusion_common::arrow::datatypes::DataType;
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// A function of one column of keys that answers a question, for
/// `SessionContext::register_udf` or `ScalarUDF::call`.
///
/// A row of nulls gives what the question's rules say; by default it is refused, so a
/// column that may hold nulls wants `Nulls::Null`. The function is immutable: equal keys
/// get equal answers, and a constant is answered once.
///
/// The page of this crate has an example.
#[must_use]
pub fn udf(name: impl Into<String>, question: Question) -> ScalarUDF {
    ScalarUDF::from(Function {
        name: name.into(),
        question: Arc::new(question),
        signature: Signature::any(1, Volatility::Immutable),
    })
}

struct Function {
    name: String,
    question: Arc<Question>,
    signature: Signature,
}

/// The planner takes equal functions for one, so only one and the same question is equal:
/// two maps may differ in what no comparison of names shows.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.question, &other.question)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        Arc::as_ptr(&self.question).hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.question.field();
        write!(f, "{}(keys) -> {}", self.name, field.data_type())
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, keys: &[DataType]) -> Result<DataType> {
        let [keys] = keys else {
            return Err(DataFusionError::Plan(format!(
                "{} takes one column of keys, not {}",
                self.name,
                keys.len()
            )));
        };
        // A column of nulls alone has keys of no type.
        if *keys != DataType::Null {
            check_kind(keys, self.question.rules().integers)
                .map_err(|refusal| DataFusionError::Plan(format!("{}: {refusal}", self.name)))?;
        }
        Ok(self.question.field().data_type().clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [keys] = args.args.as_slice() else {
            return Err(DataFusionError::Internal(format!("{} got no column", self.name)));
        };
        let refused = |refusal: continuum_arrow::Refusal| {
            DataFusionError::Execution(format!("{}: {refusal}", self.name))
        };
        match keys {
            ColumnarValue::Array(keys) => {
                Ok(ColumnarValue::Array(self.question.answer(keys, 0).map_err(refused)?))
            }
            ColumnarValue::Scalar(key) => {
                let answer = self.question.answer(&key.to_array()?, 0).map_err(refused)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?))
            }
        }
    }
}
