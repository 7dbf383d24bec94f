module jedlik/clients

go 1.24

require (
	github.com/aws/aws-dax-go-v2 v1.0.2
	github.com/aws/aws-sdk-go-v2 v1.48.0
	github.com/aws/aws-sdk-go-v2/credentials v1.21.0
	github.com/aws/aws-sdk-go-v2/service/dynamodb v1.74.0
	github.com/aws/smithy-go v1.28.9
)

require (
	github.com/antlr4-go/antlr/v4 v4.13.1 // indirect
	github.com/aws/aws-sdk-go-v2/config v1.33.18 // indirect
	github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue v1.21.21 // indirect
	github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression v1.10.9 // indirect
	github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.20.9 // indirect
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.12 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.12 // indirect
	github.com/aws/aws-sdk-go-v2/internal/v4a v1.5.12 // indirect
	github.com/aws/aws-sdk-go-v2/service/dynamodbstreams v1.47.0 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.25 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/endpoint-discovery v1.13.12 // indirect
	github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.14.12 // indirect
	github.com/aws/aws-sdk-go-v2/service/signin v1.13.1 // indirect
	github.com/aws/aws-sdk-go-v2/service/sso v1.39.5 // indirect
	github.com/aws/aws-sdk-go-v2/service/ssooidc v1.44.5 // indirect
	github.com/aws/aws-sdk-go-v2/service/sts v1.52.0 // indirect
	github.com/gofrs/uuid v4.4.0+incompatible // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	golang.org/x/exp v0.0.0-20240506185415-9bf2ced13842 // indirect
)

// The client's own module names versions that only its makers' build has.
exclude (
	github.com/antlr4-go/antlr/v4 v4.0.0-00010101000000-000000000000
	github.com/aws/aws-sdk-go-v2 v0.0.0-00010101000000-000000000000
	github.com/aws/smithy-go v0.0.0-00010101000000-000000000000
	github.com/davecgh/go-spew v0.0.0-00010101000000-000000000000
	github.com/gofrs/uuid v0.0.0-00010101000000-000000000000
	github.com/google/go-cmp/cmp v0.0.0-00010101000000-000000000000
	github.com/jmespath/go-jmespath v0.0.0-00010101000000-000000000000
	github.com/pmezard/go-difflib v0.0.0-00010101000000-000000000000
	github.com/stretchr/objx v0.0.0-00010101000000-000000000000
	github.com/stretchr/testify v0.0.0-00010101000000-000000000000
	gopkg.in/yaml.v3 v3.0.0-00010101000000-000000000000
)
