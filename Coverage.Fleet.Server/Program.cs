using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Coverage.FleetServer;

/// <summary>A trial.</summary>
public interface ITrial : IGrainWithStringKey
{
    /// <summary>Says its key.</summary>
    Task<Said> SayAsync();
}

/// <summary>What it says.</summary>
[GenerateSerializer]
public sealed record Said([property: Id(0)] string Key, [property: Id(1)] byte[] Bytes);

internal sealed class Trial : Grain, ITrial
{
    public Task<Said> SayAsync() => Task.FromResult(new Said(this.GetPrimaryKeyString(), [1, 2]));
}

internal static class Program
{
    private static async Task Main()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.UseInMemoryReminderService();
            silo.ConfigureEndpoints(siloPort: 11111, gatewayPort: 0);
        });
        using IHost host = builder.Build();
        await host.StartAsync();
        Said said = await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ITrial>("a").SayAsync();
        Console.WriteLine(said.Key);
        await host.StopAsync();
    }
}
