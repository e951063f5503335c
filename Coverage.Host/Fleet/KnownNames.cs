using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Coverage.Host;

/// <summary>The names that nodes of a fleet are known to list, in one look, so that names that several list are fetched once.</summary>
internal sealed class KnownNames
{
    private readonly ConcurrentDictionary<(StreamName Stream, int Hour), ConcurrentQueue<HourNames>> listed = [];
    private readonly ConcurrentDictionary<(StreamName Stream, HourDigest Digest), Lazy<Task<HourNames?>>> fetched = [];

    /// <summary>Forgets all: a look begins.</summary>
    public void Clear()
    {
        listed.Clear();
        fetched.Clear();
    }

    /// <summary>A node lists these.</summary>
    public void Add(StreamName stream, IEnumerable<NodeHour> hours)
    {
        foreach (NodeHour hour in hours)
        {
            if (hour.Names is { } names)
            {
                listed.GetOrAdd((stream, hour.Hour), _ => []).Enqueue(names);
            }
        }
    }

    /// <summary>The names that have a digest: those of another node, or else fetched from the node that has them.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="digest">The digest.</param>
    /// <param name="fetch">Fetches them; null where they are gone.</param>
    /// <exception cref="NodeException">They cannot be fetched.</exception>
    public async Task<HourNames?> GetAsync(StreamName stream, HourDigest digest, Func<Task<HourNames?>> fetch)
    {
        if (listed.TryGetValue((stream, digest.Hour.Number), out ConcurrentQueue<HourNames>? all))
        {
            foreach (HourNames names in all)
            {
                if (Fits(names, digest))
                {
                    return names;
                }
            }
        }

        var own = new Lazy<Task<HourNames?>>(fetch);
        Lazy<Task<HourNames?>> first = fetched.GetOrAdd((stream, digest), own);
        if (first != own)
        {
            try
            {
                if (await first.Value is { } names && Fits(names, digest))
                {
                    return names;
                }
            }
            catch (NodeException)
            {
                // What another node could not give, this one may.
            }
        }

        return await own.Value;
    }

    /// <summary>Whether names have a digest.</summary>
    public static bool Fits(HourNames names, HourDigest digest) => names.Count == digest.Count && names.Digest == digest.Digest;
}
