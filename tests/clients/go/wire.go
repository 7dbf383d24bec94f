package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// The clients' structures bear the names of the API's members, so that reflection translates them;
// only attribute values are an interface with a type for each kind.
var (
	attribute = reflect.TypeOf((*types.AttributeValue)(nil)).Elem()
	metadata  = reflect.TypeOf(middleware.Metadata{})
	kinds     = map[string]reflect.Type{
		"S":    reflect.TypeOf(types.AttributeValueMemberS{}),
		"N":    reflect.TypeOf(types.AttributeValueMemberN{}),
		"B":    reflect.TypeOf(types.AttributeValueMemberB{}),
		"BOOL": reflect.TypeOf(types.AttributeValueMemberBOOL{}),
		"NULL": reflect.TypeOf(types.AttributeValueMemberNULL{}),
		"SS":   reflect.TypeOf(types.AttributeValueMemberSS{}),
		"NS":   reflect.TypeOf(types.AttributeValueMemberNS{}),
		"BS":   reflect.TypeOf(types.AttributeValueMemberBS{}),
		"L":    reflect.TypeOf(types.AttributeValueMemberL{}),
		"M":    reflect.TypeOf(types.AttributeValueMemberM{}),
	}
)

// read sets a value of a client's type from JSON data.
func read(from any, to reflect.Value) error {
	if to.Type() == attribute {
		return readAttribute(from, to)
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return read(from, to.Elem())
	case reflect.Struct:
		for name, value := range from.(map[string]any) {
			field := to.FieldByName(name)
			if !field.IsValid() {
				return fmt.Errorf("%s has no %s", to.Type(), name)
			}
			if err := read(value, field); err != nil {
				return err
			}
		}
	case reflect.Map:
		to.Set(reflect.MakeMap(to.Type()))
		for name, value := range from.(map[string]any) {
			made := reflect.New(to.Type().Elem()).Elem()
			if err := read(value, made); err != nil {
				return err
			}
			to.SetMapIndex(reflect.ValueOf(name), made)
		}
	case reflect.Slice:
		if to.Type().Elem().Kind() == reflect.Uint8 {
			decoded, err := base64.StdEncoding.DecodeString(from.(string))
			to.SetBytes(decoded)
			return err
		}
		given := from.([]any)
		to.Set(reflect.MakeSlice(to.Type(), len(given), len(given)))
		for position, value := range given {
			if err := read(value, to.Index(position)); err != nil {
				return err
			}
		}
	case reflect.String:
		to.SetString(from.(string))
	case reflect.Bool:
		to.SetBool(from.(bool))
	case reflect.Int32, reflect.Int64:
		number, err := from.(json.Number).Int64()
		to.SetInt(number)
		return err
	default:
		return fmt.Errorf("nothing is known of %s", to.Type())
	}
	return nil
}

func readAttribute(from any, to reflect.Value) error {
	for kind, value := range from.(map[string]any) {
		made := reflect.New(kinds[kind])
		if err := read(value, made.Elem().FieldByName("Value")); err != nil {
			return err
		}
		to.Set(made)
	}
	return nil
}

// write gives the JSON data of a value of a client's type; nil for what is not there.
func write(from reflect.Value) any {
	switch from.Kind() {
	case reflect.Interface, reflect.Pointer:
		if from.IsNil() {
			return nil
		}
		for kind, of := range kinds {
			if from.Kind() == reflect.Interface && from.Elem().Type() == reflect.PointerTo(of) {
				return map[string]any{kind: write(from.Elem().Elem().FieldByName("Value"))}
			}
		}
		return write(from.Elem())
	case reflect.Struct:
		found := map[string]any{}
		for position := 0; position < from.NumField(); position++ {
			field := from.Type().Field(position)
			if !field.IsExported() || field.Type == metadata {
				continue
			}
			if value := write(from.Field(position)); value != nil && value != "" {
				found[field.Name] = value
			}
		}
		return found
	case reflect.Map:
		if from.IsNil() {
			return nil
		}
		found := map[string]any{}
		for _, name := range from.MapKeys() {
			found[name.String()] = write(from.MapIndex(name))
		}
		return found
	case reflect.Slice:
		if from.IsNil() {
			return nil
		}
		if from.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(from.Bytes())
		}
		found := make([]any, from.Len())
		for position := range found {
			found[position] = write(from.Index(position))
		}
		return found
	default:
		return from.Interface()
	}
}
