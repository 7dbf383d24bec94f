import com.amazonaws.services.dynamodbv2.streamsadapter.AmazonDynamoDBStreamsAdapterClient;
import com.amazonaws.services.dynamodbv2.streamsadapter.StreamsSchedulerFactory;
import com.amazonaws.services.dynamodbv2.streamsadapter.adapter.DynamoDBStreamsClientRecord;
import com.amazonaws.services.dynamodbv2.streamsadapter.model.DynamoDBStreamsProcessRecordsInput;
import com.amazonaws.services.dynamodbv2.streamsadapter.polling.DynamoDBStreamsPollingConfig;
import com.amazonaws.services.dynamodbv2.streamsadapter.processor.DynamoDBStreamsShardRecordProcessor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.exceptions.InvalidStateException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.StreamTracker;

/**
 * A consumer of a table's stream by the Kinesis Client Library: prints a line for each record, and
 * checkpoints after each batch. Its leases, and what it measures of itself, are in the same server.
 *
 * <pre>Consumer APPLICATION STREAM_ARN</pre>
 */
public final class Consumer {
    private Consumer() {}

    public static void main(String[] arguments) {
        String application = arguments[0];
        StreamTracker stream = StreamsSchedulerFactory.createSingleStreamTracker(
                arguments[1], InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
        Region region = Region.of(System.getenv("AWS_REGION"));
        AmazonDynamoDBStreamsAdapterClient adapter =
                new AmazonDynamoDBStreamsAdapterClient(DynamoDbStreamsClient.create(), region);
        ConfigsBuilder configs = new ConfigsBuilder(
                stream, application, adapter, DynamoDbAsyncClient.create(), CloudWatchAsyncClient.create(),
                "worker-" + ProcessHandle.current().pid(), Processor::new);
        Scheduler scheduler = StreamsSchedulerFactory.createScheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig(),
                configs.leaseManagementConfig()
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .failoverTimeMillis(5_000)
                        .shardSyncIntervalMillis(5_000),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                configs.retrievalConfig().retrievalSpecificConfig(
                        new DynamoDBStreamsPollingConfig(adapter).idleTimeBetweenReadsInMillis(200)),
                adapter);
        scheduler.run();
    }

    private static final class Processor implements DynamoDBStreamsShardRecordProcessor {
        @Override
        public void initialize(InitializationInput input) {}

        @Override
        public void processRecords(DynamoDBStreamsProcessRecordsInput input) {
            for (DynamoDBStreamsClientRecord each : input.records()) {
                Record record = each.getRecord();
                System.out.println(String.join(" ", record.eventNameAsString(),
                        record.dynamodb().keys().get("id").s(), record.dynamodb().sequenceNumber()));
            }
            checkpoint(() -> input.checkpointer().checkpoint());
        }

        @Override
        public void leaseLost(LeaseLostInput input) {}

        @Override
        public void shardEnded(ShardEndedInput input) {
            checkpoint(() -> input.checkpointer().checkpoint());
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            checkpoint(() -> input.checkpointer().checkpoint());
        }

        private interface Checkpoint {
            void make() throws InvalidStateException, ShutdownException;
        }

        private static void checkpoint(Checkpoint checkpoint) {
            try {
                checkpoint.make();
            } catch (InvalidStateException | ShutdownException error) {
                throw new IllegalStateException(error);
            }
        }
    }
}
