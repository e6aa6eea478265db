//! The server of each row.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt32Type;
use arrow_array::{Array as _, ArrayRef, BinaryArray, RecordBatch, UInt32Array};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::take::take_record_batch;
use continuum::Continuum;
use continuum_arrow::{Answer, Integers, Question, Refusal, Rules, visit};
use continuum_config::KeyRule;

use super::SERVER;
use crate::args::Nulls;
use crate::failure::Failure;

/// Answers batches of one schema.
pub(crate) struct Owners<'a> {
    question: Question,
    rule: &'a KeyRule,
    key: usize,
    schema: SchemaRef,
    servers: usize,
    /// Whether rows of one server are put together.
    apart: bool,
}

impl<'a> Owners<'a> {
    pub(crate) fn new(
        (continuum, rule): (&Continuum, &'a KeyRule),
        schema: &Schema,
        key: usize,
        nulls: Nulls,
        apart: bool,
    ) -> Result<Self, Failure> {
        let nulls = match nulls {
            Nulls::Error => continuum_arrow::Nulls::Error,
            Nulls::Null => continuum_arrow::Nulls::Null,
        };
        let rules = Rules { nulls, integers: Integers::Decimal };
        let name = schema.field(key).name().escape_debug();
        continuum_arrow::check_kind(schema.field(key).data_type(), rules.integers)
            .map_err(|error| Failure::refused(format!("column '{name}': {error}")))?;
        let servers = continuum.servers().len();
        let question = Question::owner(continuum.clone(), Answer::Name, rules);
        let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(SERVER, question.field().data_type().clone(), true)));
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        Ok(Self { question, rule, key, schema, servers, apart })
    }

    /// Of what is written.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The batch with its servers: whole, or in a piece for each server that has rows, with
    /// the server's number; rows without a server come last.
    pub(crate) fn answer(
        &self,
        batch: &RecordBatch,
        file: &Path,
        from: usize,
    ) -> Result<Vec<(usize, RecordBatch)>, Failure> {
        let refuse = |error: &dyn std::fmt::Display| {
            Failure::refused(format!("{}: {error}", file.display()))
        };
        let keys = self.keys(batch.column(self.key)).map_err(|error| refuse(&error))?;
        let owners = self.question.answer(&keys, from).map_err(|error| match error {
            Refusal::Null(row) => refuse(&format!(
                "row {}: the key is null; with --nulls null its server is null too",
                row + 1
            )),
            error => refuse(&error),
        })?;
        let mut columns = batch.columns().to_vec();
        columns.push(owners.clone());
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(|e| refuse(&e))?;
        if !self.apart {
            return Ok(vec![(0, batch)]);
        }
        let numbers = owners.as_dictionary::<UInt32Type>().keys();
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.servers + 1];
        for (row, number) in (0_u32..).zip(numbers) {
            rows[number.map_or(self.servers, |number| number as usize)].push(row);
        }
        let pieces = rows.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        pieces
            .map(|(number, rows)| {
                let piece = take_record_batch(&batch, &UInt32Array::from(rows));
                Ok((number, piece.map_err(|error| refuse(&error))?))
            })
            .collect()
    }

    /// The keys as the pool hashes them: a part of each, where its rule cuts.
    fn keys(&self, column: &ArrayRef) -> Result<ArrayRef, String> {
        if self.rule.takes_any() && !self.rule.cuts() {
            return Ok(column.clone());
        }
        let nulls = column.logical_nulls();
        let mut parts: Vec<Option<Vec<u8>>> = Vec::with_capacity(column.len());
        let mut wrong = None;
        visit(&**column, Integers::Decimal, &mut |_, keys| {
            for at in 0..keys.len() {
                let row = parts.len();
                let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                let key = keys.get(at);
                match self.rule.check(key) {
                    Err(why) if !is_null => wrong = wrong.take().or(Some(why.to_string())),
                    _ => {}
                }
                parts.push((!is_null).then(|| self.rule.part(key).into_owned()));
            }
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        match wrong {
            Some(why) => Err(why),
            None => Ok(Arc::new(parts.iter().map(Option::as_deref).collect::<BinaryArray>())),
        }
    }
}
