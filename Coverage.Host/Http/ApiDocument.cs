using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Coverage.Host;

/// <summary>
/// The description of the API as OpenAPI, of the addresses that are served, and a page that shows it. Both are made at the first
/// request: the service starts faster.
/// </summary>
internal sealed class ApiDocument(WebApplication app, string root)
{
    private readonly Lazy<Task<Answer>> description = new(() => DescribeAsync(app, root));
    private readonly Lazy<RequestDelegate> page = new(() => Page(app));

    /// <summary>The description.</summary>
    public Task<Answer> DescriptionAsync() => description.Value;

    /// <summary>Serves the page and what it needs.</summary>
    public Task ServePageAsync(HttpContext context)
    {
        context.SetEndpoint(null);
        return page.Value(context);
    }

    private static RequestDelegate Page(WebApplication app)
    {
        IApplicationBuilder branch = ((IEndpointRouteBuilder)app).CreateApplicationBuilder();
        branch.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "api";
            options.DocumentTitle = "The HTTP API of segment-coverage";
            options.SwaggerEndpoint("v1/openapi.json", "segment-coverage");
            options.HeadContent = "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                + "<script type=\"module\" src=\"../web/api-page.js\"></script>";
            options.InjectStylesheet("../web/api.css");
        });
        return branch.Build();
    }

    private static async Task<Answer> DescribeAsync(WebApplication app, string root)
    {
        // The services of the description alone: they would cost each start.
        var services = new ServiceCollection();
        services.AddLogging().AddRouting();
        services.AddSingleton<Microsoft.Extensions.Hosting.IHostEnvironment>(app.Environment);
        services.AddSingleton(app.Services.GetRequiredService<EndpointDataSource>());
        services.AddOpenApi(options =>
        {
            options.ShouldInclude = address => address.HttpMethod == HttpMethod.Get.Method && Of(address) is not null;
            options.AddOperationTransformer(DescribeOperationAsync);
            options.AddDocumentTransformer((document, _, _) => DescribeDocumentAsync(document, root));
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        OpenApiDocument document =
            await provider.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        using var body = new MemoryStream();
        await document.SerializeAsJsonAsync(body, OpenApiSpecVersion.OpenApi3_1);
        return new(ApiAnswers.JsonType, body.ToArray());
    }

    private static Described? Of(Microsoft.AspNetCore.Mvc.ApiExplorer.ApiDescription address) =>
        address.ActionDescriptor.EndpointMetadata.OfType<Described>().FirstOrDefault();

    private static Task DescribeDocumentAsync(OpenApiDocument document, string root)
    {
        document.Info = new OpenApiInfo
        {
            Title = "segment-coverage",
            Version = Program.Version,
            Description = "Whether anything is missing in a recorded live stream. Read-only; answers are of the latest "
                + "finished round of checks. Instants are UTC, seconds exact decimals.",
        };

        // Relative to the document, whatever path a proxy puts before it.
        document.Servers = [new OpenApiServer { Url = "." }];
        var paths = new OpenApiPaths();
        foreach ((string path, IOpenApiPathItem item) in document.Paths)
        {
            paths.Add(path[root.Length..], item);
        }

        document.Paths = paths;
        return Task.CompletedTask;
    }

    private static Task DescribeOperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken _)
    {
        Described address = Of(context.Description)!;
        var schemas = new ApiSchemas(context.Document!);

        // Generators take an underscore for the end of a client's name.
        operation.OperationId = string.Concat(
            address.Path.Split('/').Select((part, at) => at == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
        operation.Summary = address.Summary;
        operation.Parameters = [.. address.Parameters.Select(Parameter)];
        operation.Responses = new OpenApiResponses
        {
            ["200"] = Response(address.Summary),
            ["default"] = new OpenApiResponse
            {
                Description = "What is wrong with the request, or why there is no answer to it now",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ApiAnswers.ProblemType] = new OpenApiMediaType { Schema = schemas.Problem },
                },
            },
        };
        if (address.RefusedWith is { } status)
        {
            operation.Responses.Add(
                status.ToString(CultureInfo.InvariantCulture), Response("The same answer, where what is asked for is refused"));
        }

        return Task.CompletedTask;

        OpenApiResponse Response(string description) => new()
        {
            Description = description,
            Content = address.ContentTypes.ToDictionary(
                type => type.Split(';')[0], type => new OpenApiMediaType { Schema = Schema(schemas, address, type) }),
        };
    }

    private static IOpenApiSchema Schema(ApiSchemas schemas, Described address, string contentType) => contentType switch
    {
        ApiAnswers.JsonType or "text/event-stream" => schemas.Of(address.Path),
        "image/png" => new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static IOpenApiParameter Parameter(Parameter parameter)
    {
        OpenApiSchema value = parameter switch
        {
            Parameter<int> { Choices.Count: 0 } => new() { Type = JsonSchemaType.Integer, Format = "int32" },
            Parameter<bool> => new() { Type = JsonSchemaType.Boolean },
            Parameter<Duration> => new() { Type = JsonSchemaType.Number, Format = "decimal" },
            _ => new() { Type = JsonSchemaType.String },
        };
        if (parameter.Choices.Count > 0)
        {
            value.Enum = [.. parameter.Choices.Select(choice => JsonValue.Create(choice))];
        }

        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Description = $"{parameter.Means} It is {parameter.Allowed}.",
            Required = parameter.IsRequired,
            Schema = parameter.IsRepeatable ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = value } : value,
        };
    }
}
