package wire

// A list is a queue of slots or connections from which one can be taken out anywhere. of finds an item's link of this
// list.
type list[T any] struct {
	of          func(*T) *link[T]
	first, last *T
}

// A link is an item's place in a list.
type link[T any] struct{ previous, next *T }

func (l *list[T]) push(item *T) {
	*l.of(item) = link[T]{previous: l.last}
	if l.last == nil {
		l.first = item
	} else {
		l.of(l.last).next = item
	}
	l.last = item
}

func (l *list[T]) remove(item *T) {
	at := l.of(item)
	if at.previous == nil {
		l.first = at.next
	} else {
		l.of(at.previous).next = at.next
	}
	if at.next == nil {
		l.last = at.previous
	} else {
		l.of(at.next).previous = at.previous
	}
	*at = link[T]{}
}
