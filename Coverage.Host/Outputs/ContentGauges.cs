using System.Linq;
using Prometheus;

namespace Coverage.Host;

/// <summary>What a scraper sees of the files that were verified.</summary>
internal sealed class ContentGauges
{
    private readonly Counter verified, bytes, skipped;
    private readonly Gauge findings, part, allRead;

    /// <summary>Registers the metrics.</summary>
    public ContentGauges(IMetricFactory factory)
    {
        verified = factory.CreateCounter("segment_coverage_verified_total", "Files that were read and compared with their names", Gauges.Stream);
        bytes = factory.CreateCounter("segment_coverage_verified_bytes_total", "Bytes that were read for it", Gauges.Stream);
        skipped = factory.CreateCounter(
            "segment_coverage_verify_skipped_total",
            "Files that could not be compared: gone, changing or unreadable when they were to be read",
            [.. Gauges.Stream, "why"]);
        findings = factory.CreateGauge(
            "segment_coverage_findings", "Segments in whose files this was found when they were last read", [.. Gauges.Stream, "type", "finding"]);
        var unset = new GaugeConfiguration { SuppressInitialValue = true };
        part = factory.CreateGauge("segment_coverage_verify_part", "Which part of the files was read last, of --verify-parts", unset);
        allRead = factory.CreateGauge(
            "segment_coverage_verify_all_read_timestamp_seconds", "When the last part was read after all others", unset);
    }

    /// <summary>Adds what verifying some files gave.</summary>
    public void Add(VerifiedStream found)
    {
        string[] labels = Gauges.Labels(found.Stream);
        verified.WithLabels(labels).Inc(found.Verified);
        bytes.WithLabels(labels).Inc(found.Bytes);
        skipped.WithLabels(Gauges.Labels(found.Stream, "gone")).Inc(found.Gone);
        skipped.WithLabels(Gauges.Labels(found.Stream, "changing")).Inc(found.Changing);
        skipped.WithLabels(Gauges.Labels(found.Stream, "unreadable")).Inc(found.Failed.Length);
    }

    /// <summary>Shows how far the service has read.</summary>
    public void Set(ReadSoFar read)
    {
        part.Set(read.Part);
        if (read.All is { } all)
        {
            allRead.SetToTimeUtc(all);
        }
    }

    /// <summary>Shows what is known of a stream.</summary>
    public void Set(StreamName stream, StreamFindings known)
    {
        ILookup<(SegmentKind Kind, Finding Finding), FoundItem> items = VerifiedAnswers.ByFinding(known.Items);
        foreach (SegmentKind kind in VerifiedAnswers.Kinds)
        {
            foreach (Finding finding in FindingModule.all)
            {
                findings.WithLabels(Gauges.Labels(stream, VerifiedAnswers.Text(kind), FindingModule.toText(finding)))
                    .Set(items[(kind, finding)].Count());
            }
        }
    }

    /// <summary>Removes the samples of a stream.</summary>
    public void Remove(StreamName stream)
    {
        string[] gone = Gauges.Labels(stream);
        foreach (Counter counter in new[] { verified, bytes, skipped })
        {
            foreach (string[] labels in counter.GetAllLabelValues().Where(labels => labels.Take(2).SequenceEqual(gone)).ToList())
            {
                counter.RemoveLabelled(labels);
            }
        }

        foreach (string[] labels in findings.GetAllLabelValues().Where(labels => labels.Take(2).SequenceEqual(gone)).ToList())
        {
            findings.RemoveLabelled(labels);
        }
    }
}
