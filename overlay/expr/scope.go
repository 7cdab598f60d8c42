package expr

// A Class is a user type, as far as expressions see it. Classes are compared by identity.
type Class interface {
	// Name is the full path, "top::sub".
	Name() string
	// Member finds a parameter, a seq field or an instance. The names that begin with "_" are the language's own and
	// are not asked for here, but for "_parent" and "_root", whose types only the class knows.
	Member(name string) (Member, bool)
	// Members lists the names for completion and near matches, in the order of declaration.
	Members() []string
	// SizeBits is what sizeof<> and bitsizeof<> give: the size in bits where it is the same for every object.
	SizeBits() (int64, bool)
}

// A Member is what a name of a class stands for.
type Member struct {
	Type Type
	Slot int // the place by which an [Object] of the class finds it
}

// An Enum names integers.
type Enum interface {
	// Name is the full path, "top::animal".
	Name() string
	// Value gives the integer of a member. It is an integer Value.
	Value(member string) (Value, bool)
	// Member gives the name of an integer.
	Member(v Value) (string, bool)
	// Members lists the names in the order of declaration.
	Members() []string
}

// A Scope is where an expression stands, while it is checked.
type Scope interface {
	// Self is the class whose object the expression runs in.
	Self() Class
	// Class resolves a type path as written in .as<> and sizeof<>, from Self outward; abs when it began with "::".
	Class(path []string, abs bool) (Class, bool)
	// Enum resolves the path of an enum (without the member).
	Enum(path []string, abs bool) (Enum, bool)
	// It is the type of "_" here (repeat-until, valid/expr, to-string has none), or false.
	It() (Type, bool)
	// Index tells whether "_index" means something here.
	Index() bool
}

// A LenientScope is one whose expressions run in lenient frames: an object may stand where a boolean is wanted, and says
// whether it is there.
type LenientScope interface {
	Scope
	Lenient()
}

// A TemplateScope is one that may belong to a template, where the language allows less than to expressions that people
// type.
type TemplateScope interface {
	Scope
	// FixedSizes tells that "_sizeof" of an object needs a class all of whose objects have the same size.
	FixedSizes() bool
}
