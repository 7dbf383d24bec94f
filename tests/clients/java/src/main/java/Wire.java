import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.utils.builder.Buildable;

/** Translates between JSON data in the form of DynamoDB's API and the client's classes. */
final class Wire {
    private Wire() {}

    /** Sets the members of a builder. */
    static void read(Map<?, ?> from, SdkPojo builder) {
        for (SdkField<?> field : builder.sdkFields()) {
            Object value = from.get(field.locationName());
            if (value != null) {
                field.set(builder, read(value, field));
            }
        }
    }

    private static Object read(Object from, SdkField<?> field) {
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.SDK_POJO) {
            SdkPojo builder = field.constructor().get();
            read((Map<?, ?>) from, builder);
            return ((Buildable) builder).build();
        }
        if (type == MarshallingType.LIST) {
            SdkField<?> member = field.getTrait(ListTrait.class).memberFieldInfo();
            List<Object> found = new ArrayList<>();
            ((List<?>) from).forEach(value -> found.add(read(value, member)));
            return found;
        }
        if (type == MarshallingType.MAP) {
            SdkField<?> member = field.getTrait(MapTrait.class).valueFieldInfo();
            Map<String, Object> found = new LinkedHashMap<>();
            ((Map<?, ?>) from).forEach((name, value) -> found.put((String) name, read(value, member)));
            return found;
        }
        if (type == MarshallingType.SDK_BYTES) {
            return SdkBytes.fromByteArray(Base64.getDecoder().decode((String) from));
        }
        return from;
    }

    /** The members of an object that are there. */
    static Map<String, Object> write(SdkPojo from) {
        Map<String, Object> found = new LinkedHashMap<>();
        for (SdkField<?> field : from.sdkFields()) {
            Object value = field.getValueOrDefault(from);
            boolean absent = value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap;
            if (value != null && !absent) {
                found.put(field.locationName(), write(value));
            }
        }
        return found;
    }

    private static Object write(Object from) {
        if (from instanceof SdkPojo object) {
            return write(object);
        }
        if (from instanceof List<?> list) {
            return list.stream().map(Wire::write).toList();
        }
        if (from instanceof Map<?, ?> map) {
            Map<String, Object> found = new LinkedHashMap<>();
            map.forEach((name, value) -> found.put((String) name, write(value)));
            return found;
        }
        if (from instanceof SdkBytes bytes) {
            return Base64.getEncoder().encodeToString(bytes.asByteArray());
        }
        return from;
    }
}
