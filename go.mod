module shotput

go 1.26
