using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Coverage.Host;

/// <summary>
/// The API's description as OpenAPI, and a page that renders it. They are an app of their own, made at the first
/// request: the service starts faster without.
/// </summary>
internal sealed class ApiDocument
{
    private readonly WebApplication app;
    private readonly RequestDelegate page;

    /// <summary>Makes ready to describe some addresses.</summary>
    public ApiDocument(IEnumerable<Described> addresses)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());

        // No application is made without a server; this one is never started.
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenApi(options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "segment-coverage",
                Version = Gauges.Version,
                Description = "Whether anything is missing in a recorded live stream. Read-only; answers are of the latest "
                    + "finished round of checks. Instants are UTC, seconds exact decimals.",
            };

            // Relative to the document, whatever path a proxy puts before it.
            document.Servers = [new OpenApiServer { Url = "." }];
            return Task.CompletedTask;
        }));
        app = builder.Build();
        app.UseRouting();
        app.UseEndpoints(endpoints =>
        {
            foreach (Described address in addresses)
            {
                Describe(endpoints, address);
            }
        });
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "api";
            options.DocumentTitle = "The HTTP API of segment-coverage";
            options.SwaggerEndpoint("v1/openapi.json", "segment-coverage");
            options.HeadContent = "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";
            options.InjectStylesheet("../web/api.css");
        });
        page = ((IApplicationBuilder)app).Build();
    }

    /// <summary>The description.</summary>
    public async Task<Answer> DescriptionAsync()
    {
        OpenApiDocument document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        using var body = new MemoryStream();
        await document.SerializeAsJsonAsync(body, OpenApiSpecVersion.OpenApi3_1);
        return new(ApiAnswers.JsonType, body.ToArray());
    }

    /// <summary>Serves the page and what it needs.</summary>
    public async Task ServePageAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        await using AsyncServiceScope scope = app.Services.CreateAsyncScope();
        try
        {
            context.RequestServices = scope.ServiceProvider;
            context.SetEndpoint(null);
            await page(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }

    /// <summary>What the library takes to be the method that answers; it is never called.</summary>
    private static void Answers()
    {
    }

    private static void Describe(IEndpointRouteBuilder endpoints, Described address)
    {
        MethodInfo method = ((Action)Answers).Method;
        endpoints.MapMethods(address.Path, [HttpMethods.Get], _ => Task.CompletedTask).WithMetadata(method).WithTags("Everything there is to ask")
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.OperationId = address.Path;
                operation.Summary = address.Summary;
                operation.Parameters = [.. address.Parameters.Select(Parameter)];
                operation.Responses = new OpenApiResponses
                {
                    ["200"] = new OpenApiResponse
                    {
                        Description = address.Summary,
                        Content = address.ContentTypes.ToDictionary(type => type, _ => new OpenApiMediaType()),
                    },
                    ["default"] = new OpenApiResponse
                    {
                        Description = "What is wrong with the request, or why there is no answer to it now",
                        Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType() },
                    },
                };
                return Task.CompletedTask;
            });
    }

    private static IOpenApiParameter Parameter(Parameter parameter)
    {
        var value = new OpenApiSchema { Type = parameter.IsNumber ? JsonSchemaType.Number : JsonSchemaType.String };
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
