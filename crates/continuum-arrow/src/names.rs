//! A column of servers: their numbers, or their texts by number.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, StringArray, UInt32Array};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use continuum::{NO_OWNER, Servers};

use crate::Answer;

/// What is written for a server's number.
#[derive(Clone)]
pub(crate) enum Names {
    Numbers,
    /// The texts, each once, and for each server the number of its text. Servers may
    /// share an address.
    Texts {
        texts: ArrayRef,
        of: Vec<u32>,
    },
}

impl Names {
    pub(crate) fn of(servers: &Servers, answer: Answer) -> Self {
        let text = |server: &continuum::Server| match answer {
            Answer::Name => server.identity().into_owned(),
            _ => server.address().into_owned(),
        };
        if answer == Answer::Index {
            return Self::Numbers;
        }
        let (mut texts, mut of) = (Vec::new(), Vec::new());
        let mut known = BTreeMap::new();
        for server in servers.iter() {
            let text = text(server);
            let next = known.len();
            let number = *known.entry(text.clone()).or_insert(next);
            if number == next {
                texts.push(text);
            }
            // There are fewer servers than a u32 counts.
            of.push(u32::try_from(number).unwrap_or(NO_OWNER));
        }
        Self::Texts { texts: Arc::new(StringArray::from_iter_values(texts)), of }
    }

    /// The type of the columns.
    pub(crate) fn kind(&self) -> DataType {
        match self {
            Self::Numbers => DataType::UInt32,
            Self::Texts { .. } => {
                DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
            }
        }
    }

    /// A column of these servers, null where there is none.
    pub(crate) fn column(&self, mut owners: Vec<u32>, nulls: Option<NullBuffer>) -> ArrayRef {
        let nulls = match owners.iter().copied().max() {
            Some(NO_OWNER) => {
                let owned = NullBuffer::from_iter(owners.iter().map(|owner| *owner != NO_OWNER));
                NullBuffer::union(Some(&owned), nulls.as_ref())
            }
            _ => nulls,
        };
        match self {
            Self::Numbers => Arc::new(UInt32Array::new(ScalarBuffer::from(owners), nulls)),
            Self::Texts { texts, of } => {
                for owner in &mut owners {
                    *owner = of.get(*owner as usize).copied().unwrap_or(0);
                }
                let codes = UInt32Array::new(ScalarBuffer::from(owners), nulls);
                Arc::new(DictionaryArray::<UInt32Type>::new(codes, texts.clone()))
            }
        }
    }
}
