using System.Collections.Generic;
using System.Collections.Immutable;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>
/// The facts of one known node, hour by hour, and what is kept of the hours that all known nodes list alike: not their names. An
/// hour that is as it was, after hours that hand on the same, is not swept again.
/// </summary>
/// <param name="settings">Tolerance, first and last hour.</param>
internal sealed class FleetChain(Settings settings)
{
    private Dictionary<Hour, Link> kept = [];
    private Dictionary<Hour, Link> links = [];
    private Carry carry = Engine.Start;

    /// <summary>What is kept of an hour.</summary>
    /// <param name="Detail">What was swept.</param>
    /// <param name="Before">What was handed to it.</param>
    /// <param name="Digest">The digest of an hour that all list alike.</param>
    /// <param name="Alike">What is kept of such an hour; null for one that is listed by names.</param>
    /// <param name="Names">The names of one that is listed by names, which are kept anyway.</param>
    private sealed record Link(HourDetail Detail, Carry Before, HourDigest Digest, AlikeHour? Alike, HourNames? Names);

    /// <summary>Begins before the first hour. What was kept stays until <see cref="End"/>.</summary>
    public void Begin()
    {
        links = [];
        carry = Engine.Start;
    }

    /// <summary>Whether an hour that all list alike is kept.</summary>
    public bool Knows(HourDigest digest) =>
        kept.TryGetValue(digest.Hour, out Link? link) && link.Alike is not null && link.Digest == digest;

    /// <summary>Goes on with an hour that all list alike, without its names; false where they are needed.</summary>
    public bool TryAdd(HourDigest digest)
    {
        if (!Knows(digest) || !kept[digest.Hour].Before.Equals(carry))
        {
            return false;
        }

        Add(digest.Hour, kept[digest.Hour]);
        return true;
    }

    /// <summary>Goes on with an hour that all list alike.</summary>
    public void AddAlike(HourDigest digest, HourNames names) => Add(
        digest.Hour,
        new(
            Engine.Step(settings.Tolerance, carry, Engine.Select(names)),
            carry,
            digest,
            Knows(digest) ? kept[digest.Hour].Alike : AlikeHourModule.ofNames(names),
            null));

    /// <summary>Goes on with an hour that is listed by names.</summary>
    public void AddNamed(HourNames names)
    {
        var hour = new Hour(names.Hour);
        Add(hour, kept.TryGetValue(hour, out Link? link) && link.Names == names && link.Before.Equals(carry) ? link
            : new(Engine.Step(settings.Tolerance, carry, Engine.Select(names)), carry, default, null, names));
    }

    private void Add(Hour hour, Link link)
    {
        links.Add(hour, link);
        carry = link.Detail.Timeline.Carry;
    }

    /// <summary>The base of all hours that were added; null where none is alike.</summary>
    public FleetBase? End()
    {
        kept = links;
        var details = ImmutableArray.CreateBuilder<HourDetail>(links.Count);
        var alike = ImmutableArray.CreateBuilder<AlikeHour>(links.Count);
        foreach (Link link in links.Values)
        {
            details.Add(link.Detail);
            if (link.Alike is { } one)
            {
                alike.Add(one);
            }
        }

        return alike.Count == 0 ? null
            : FleetBaseModule.create(Engine.Facts(settings, details.DrainToImmutable()), alike.DrainToImmutable());
    }
}
