package config

// Code names a kind of diagnostic. The set is closed, and codes never change
// their meaning: scripts may depend on them.
type Code string

// The codes of what can be wrong with the files themselves.
const (
	CodeUnreadable Code = "unreadable" // a file or directory cannot be read
	CodeNoFiles    Code = "no_files"   // there is no configuration file
	CodeTooLarge   Code = "too_large"  // a file, all together, or a value
	CodeTooDeep    Code = "too_deep"   // nested deeper than the parser can bear
	CodeSyntax     Code = "syntax"
)

// The codes of what can be wrong with the shape of the configuration.
const (
	CodeUnknownArgument   Code = "unknown_argument"
	CodeUnknownBlock      Code = "unknown_block"
	CodeUnknownType       Code = "unknown_type" // of a desk or a state
	CodeMissingArgument   Code = "missing_argument"
	CodeMissingBlock      Code = "missing_block"
	CodeMissingLabel      Code = "missing_label"
	CodeExtraLabel        Code = "extra_label"
	CodeDuplicateArgument Code = "duplicate_argument"
	CodeDuplicateBlock    Code = "duplicate_block"
	CodeConflict          Code = "conflict" // arguments that exclude each other
)

// The codes of what can be wrong with an expression.
const (
	CodeUnknownVariable Code = "unknown_variable"
	CodeUnknownFunction Code = "unknown_function"
	CodeExpression      Code = "expression"
	CodeCycle           Code = "cycle"
	CodeNoValue         Code = "no_value"  // a variable without a value
	CodeSensitive       Code = "sensitive" // in a place that is shown
)

// The codes of what can be wrong with a value.
const (
	CodeWrongType       Code = "wrong_type"
	CodeEmpty           Code = "empty"
	CodeNotAllowed      Code = "not_allowed" // not one of a known set
	CodeUnknownKey      Code = "unknown_key" // of a map
	CodeInvalidDuration Code = "invalid_duration"
	CodeOutOfRange      Code = "out_of_range"
	CodeInvalidURL      Code = "invalid_url"
	CodeInsecureURL     Code = "insecure_url"
	CodeInvalidAddress  Code = "invalid_address"
	CodeInvalidTimeZone Code = "invalid_time_zone"
	CodeInvalidTemplate Code = "invalid_template"
	CodeInvalidCategory Code = "invalid_category"
)

// The codes of warnings.
const (
	CodeUndocumentedValue Code = "undocumented_value" // a platform or indicator that Huntress does not document
	CodeUnreachableRoute  Code = "unreachable_route"
	CodeIdleRoute         Code = "idle_route" // a route that sets nothing
	CodeSecretInClear     Code = "secret_in_clear"
)

// Codes lists every code.
func Codes() []Code {
	return []Code{
		CodeUnreadable, CodeNoFiles, CodeTooLarge, CodeTooDeep, CodeSyntax,
		CodeUnknownArgument, CodeUnknownBlock, CodeUnknownType, CodeMissingArgument, CodeMissingBlock,
		CodeMissingLabel, CodeExtraLabel, CodeDuplicateArgument, CodeDuplicateBlock, CodeConflict,
		CodeUnknownVariable, CodeUnknownFunction, CodeExpression, CodeCycle, CodeNoValue, CodeSensitive,
		CodeWrongType, CodeEmpty, CodeNotAllowed, CodeUnknownKey, CodeInvalidDuration, CodeOutOfRange,
		CodeInvalidURL, CodeInsecureURL, CodeInvalidAddress, CodeInvalidTimeZone, CodeInvalidTemplate,
		CodeInvalidCategory,
		CodeUndocumentedValue, CodeUnreachableRoute, CodeIdleRoute, CodeSecretInClear,
	}
}
