package model

type filtered struct {
	text  string
	lines []line
}
