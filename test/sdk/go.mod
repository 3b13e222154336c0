module reeve.test/sdk

go 1.22

require github.com/G-Core/gcore-go v0.50.0
