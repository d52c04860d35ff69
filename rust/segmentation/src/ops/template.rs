//! The directives of the operators' WGSL files.
//!
//! Directives unroll loops in the source. Some drivers place an array in memory if an index is not a constant, and not all
//! unroll the loop around it. Each directive is a line of its own:
//!
//! - `//: for p TILE` ... `//: end` repeats the enclosed lines with `$p` replaced by 0, 1, ..., `TILE` - 1;
//! - `//: if NAME` ... `//: else` ... `//: end` keeps the first part if `NAME` is not zero, otherwise the second. `!NAME`
//!   negates the condition. `else` is optional.
//!
//! Counts and conditions are numbers or names of constants. Directives nest; a loop's variable is one letter.

/// Expands the directives of `template`. `constant` returns the value of a name.
///
/// # Panics
/// On a directive that is not closed or whose name is unknown, which is a bug of this crate.
pub(crate) fn expand(template: &str, constant: &dyn Fn(&str) -> Option<u32>) -> String {
    let lines: Vec<&str> = template.lines().collect();
    let mut output = String::with_capacity(template.len() * 4);
    let end = Expansion { lines: &lines, constant, output: &mut output }.block(0, &mut Vec::new(), true);
    assert_eq!(end, lines.len(), "line {}: unmatched end", end + 1);
    output
}

struct Expansion<'a> {
    lines: &'a [&'a str],
    constant: &'a dyn Fn(&str) -> Option<u32>,
    output: &'a mut String,
}

impl Expansion<'_> {
    /// Writes the lines from `line` to the directive that ends their block, if the block is `kept`. Returns the line of that
    /// directive.
    fn block(&mut self, mut line: usize, variables: &mut Vec<(String, u32)>, kept: bool) -> usize {
        while let Some(text) = self.lines.get(line) {
            let directive = text.trim().strip_prefix("//: ");
            match directive.map(|directive| directive.split(' ').collect::<Vec<_>>()).as_deref() {
                None => {
                    if kept {
                        self.write(text, variables);
                    }
                    line += 1;
                }
                Some(["for", variable, count]) => {
                    let count = if kept { self.value(count, line) } else { 0 };
                    let mut end = self.block(line + 1, variables, false);
                    for value in 0..count {
                        variables.push((format!("${variable}"), value));
                        end = self.block(line + 1, variables, true);
                        variables.pop();
                    }
                    line = self.closed(end, line);
                }
                Some(["if", condition]) => {
                    let holds = kept
                        && match condition.strip_prefix('!') {
                            Some(name) => self.value(name, line) == 0,
                            None => self.value(condition, line) != 0,
                        };
                    let mut end = self.block(line + 1, variables, holds);
                    if self.lines.get(end).is_some_and(|text| text.trim() == "//: else") {
                        end = self.block(end + 1, variables, kept && !holds);
                    }
                    line = self.closed(end, line);
                }
                Some(["else" | "end"]) => return line,
                Some(_) => panic!("line {}: {} is not a directive", line + 1, text.trim()),
            }
        }
        line
    }

    /// The line after the `end` directive at line `end`, which closes the directive at `start`.
    fn closed(&self, end: usize, start: usize) -> usize {
        let closing = self.lines.get(end).map(|text| text.trim());
        assert_eq!(closing, Some("//: end"), "the directive at line {} is not closed", start + 1);
        end + 1
    }

    fn value(&self, name: &str, line: usize) -> u32 {
        name.parse().ok().or_else(|| (self.constant)(name)).unwrap_or_else(|| {
            panic!("line {}: {name} is not a constant of this kernel", line + 1);
        })
    }

    fn write(&mut self, text: &str, variables: &[(String, u32)]) {
        if variables.is_empty() || !text.contains('$') {
            self.output.push_str(text);
        } else {
            let text = variables
                .iter()
                .fold(text.to_owned(), |text, (variable, value)| text.replace(variable, &value.to_string()));
            self.output.push_str(&text);
        }
        self.output.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn expanded(template: &str) -> String {
        expand(template, &|name| match name {
            "TWO" => Some(2),
            "ZERO" => Some(0),
            _ => None,
        })
    }

    #[test]
    fn loops_nest_and_substitute_their_variables() {
        let template = "//: for y TWO\n//: for x 3\nsum_$y_$x\n//: end\nrow $y\n//: end\nend\n";
        assert_eq!(
            expanded(template),
            "sum_0_0\nsum_0_1\nsum_0_2\nrow 0\nsum_1_0\nsum_1_1\nsum_1_2\nrow 1\nend\n"
        );
    }

    #[test]
    fn conditions_keep_one_of_two_parts() {
        assert_eq!(expanded("//: if TWO\na\n//: else\nb\n//: end\nc"), "a\nc\n");
        assert_eq!(expanded("//: if ZERO\na\n//: else\nb\n//: end\nc"), "b\nc\n");
        assert_eq!(expanded("//: if !ZERO\na\n//: end\n//: if !TWO\nb\n//: end\n"), "a\n");
    }

    #[test]
    fn a_skipped_block_is_skipped_with_its_directives() {
        let template =
            "//: if ZERO\n//: for p UNKNOWN\n//: if UNKNOWN\na\n//: else\nb\n//: end\n//: end\n//: end\nc";
        assert_eq!(expanded(template), "c\n");
        assert_eq!(expanded("//: for p ZERO\n//: if TWO\na $p\n//: end\n//: end\nc"), "c\n");
    }

    #[test]
    #[should_panic(expected = "line 1: UNKNOWN is not a constant")]
    fn an_unknown_name_is_an_error() {
        expanded("//: if UNKNOWN\n//: end");
    }

    #[test]
    #[should_panic(expected = "the directive at line 2 is not closed")]
    fn an_open_loop_is_an_error() {
        expanded("a\n//: for p 2\nb\n");
    }

    #[test]
    #[should_panic(expected = "unmatched end")]
    fn an_unmatched_end_is_an_error() {
        expanded("a\n//: end\nb\n");
    }
}
