namespace Coverage.Host;

/// <summary>What became of one stream in a check: a reading, nothing when there is none, or a failure.</summary>
internal sealed record StreamOutcome(StreamName Stream, StreamReading? Reading, UnreadableException? Failure);

/// <summary>How far the reading of a stream is, in hours.</summary>
internal sealed record Progress(StreamName Stream, int Done, int Hours);
